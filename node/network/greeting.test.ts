/** A peer with the right node key that does not keep to the protocol: each breach has a name on both sides. */
import { afterEach, describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import type { NetworkId, ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { encodeFrame, frameKind } from './frames.ts';
import { decodeHello, encodeHello } from './hello.ts';
import { call, closeOf, good, greeted, helloFrame, startVictim, stopAll } from './test-support/victim.ts';

afterEach(stopAll);

const rawHello = (value: CborValue) => encodeFrame(frameKind.hello, encode(value));

describe('a hello', () => {
  it('is read as it was written', () => {
    expect(decodeHello(encodeHello(good))).toEqual(good);
  });

  it.each([
    ['no CBOR', encodeFrame(frameKind.hello, new Uint8Array([0xff, 0x00])), 'link-refused-bad-hello'],
    ['nothing', new Uint8Array(), 'link-refused-bad-hello'],
    ['another frame', encodeFrame(frameKind.payload, new Uint8Array(3)), 'link-refused-bad-hello'],
    ['a list', rawHello([]), 'link-refused-bad-hello'],
    ['null', rawHello(null), 'link-refused-bad-hello'],
    ['missing fields', rawHello({ version: 1 }), 'link-refused-bad-hello'],
    [
      'a short network id',
      rawHello({
        version: 2,
        lowest: 2,
        network: new Uint8Array(31),
        validator: 'b',
        session: new Uint8Array(16),
        software: '',
      }),
      'link-refused-bad-hello',
    ],
    ['too many bytes', helloFrame({ ...good, software: 'x'.repeat(5_000) }), 'link-refused-bad-hello'],
    [
      'another protocol version',
      helloFrame({ ...good, versions: { lowest: 98, highest: 99 } }),
      'link-refused-protocol-version',
    ],
    [
      'another network',
      helloFrame({ ...good, network: 'd'.repeat(64) as NetworkId }),
      'link-refused-wrong-network',
    ],
    ["another's name", helloFrame({ ...good, validator: 'a' as ValidatorId }), 'link-refused-wrong-identity'],
  ])('that is %s is refused by name, and the caller is told', async (_what, frame, code) => {
    const victim = await startVictim();
    const ws = await call(victim);
    ws.send(frame);
    expect(await closeOf(ws)).toBe(code);
    expect(victim.codes).toContain(code);
    expect(victim.links.open()).toEqual([]);
  });

  it('that never comes ends the connection', async () => {
    const victim = await startVictim({ handshakeTimeoutMs: 50 });
    expect(await closeOf(await call(victim))).toBe('link-refused-no-hello');
    expect(victim.codes).toContain('link-refused-no-hello');
  });
});

describe('after the hello', () => {
  it('frames arrive without their kind byte', async () => {
    const { victim, ws } = await greeted();
    ws.send(encodeFrame(frameKind.payload, new Uint8Array([7, 8])));
    await expect.poll(() => victim.received).toEqual([new Uint8Array([7, 8])]);
    expect(victim.links.open()).toEqual(['b']);
  });

  it.each([
    ['of an unknown kind', new Uint8Array([200, 1])],
    ['without a kind', new Uint8Array()],
    ['that is a second hello', helloFrame(good)],
    ['that is a ping of a wrong length', new Uint8Array([frameKind.ping, 1])],
    ['that is a pong of a wrong length', new Uint8Array([frameKind.pong])],
  ])('a frame %s ends the link by name', async (_what, frame) => {
    const { victim, ws } = await greeted();
    ws.send(frame);
    expect(await closeOf(ws)).toBe('link-bad-frame');
    expect(victim.codes).toContain('link-bad-frame');
    await expect.poll(() => victim.links.open()).toEqual([]);
  });

  it('a frame above the limit ends the link by name', async () => {
    const { victim, ws } = await greeted();
    const closed = closeOf(ws);
    ws.send(new Uint8Array(20_000));
    await closed;
    await expect.poll(() => victim.codes).toContain('link-frame-too-large');
    expect(victim.received).toEqual([]);
  });

  it('a pong that was not asked for changes nothing', async () => {
    const { victim, ws } = await greeted();
    ws.send(new Uint8Array([frameKind.pong, ...new Uint8Array(20).fill(255)]));
    ws.send(encodeFrame(frameKind.payload, new Uint8Array([1])));
    await expect.poll(() => victim.received).toHaveLength(1);
    expect(victim.links.peers()[0]?.roundTripMs).toBeUndefined();
  });

  it('a new connection of the same process replaces the old one, which is told', async () => {
    const { victim, ws } = await greeted();
    const reason = closeOf(ws);
    const second = await call(victim);
    second.send(helloFrame(good));
    expect(await reason).toBe('link-replaced');
    second.send(encodeFrame(frameKind.payload, new Uint8Array([9])));
    await expect.poll(() => victim.received).toEqual([new Uint8Array([9])]);
    expect(victim.links.open()).toEqual(['b']);
  });
});
