/** The two ends of the socket: what a node sees while its signer answers, is away, comes back, or refuses. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodecError } from '../../shared/codec/codec-error.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { decodeEpochLink } from '../../shared/codec/ledger.ts';
import { epochOf, type NetworkId, type PublicKey, type ValidatorId } from '../../shared/types/brands.ts';
import { askSignerStatus } from '../cli/signer-status.ts';
import { signerOrders } from '../crypto/signer-orders.ts';
import { createRemoteSigner, type RemoteSigner } from '../crypto/signer-remote.ts';
import { decodeSignerRequest, encodeSignerRequest } from '../crypto/signer-wire.ts';
import { verifyWithSodium } from '../crypto/sodium.ts';
import type { SignRequest } from '../runtime/ports.ts';
import { type SignerServer, serveSigner } from './server.ts';
import {
  type Bench,
  bytesOf,
  createBench,
  example,
  keyOf,
  linkTo,
  network,
  rotatedSet,
  seal,
  vote,
} from './test-support.ts';

const id = 'validator-4';
const key = keyOf(id);
let bench: Bench;
let socket: string;
let server: SignerServer | undefined;
let remote: RemoteSigner | undefined;
let lines: { readonly code: string; readonly facts: object }[];
let end: Promise<{ readonly code: string; readonly facts: object }>;

beforeEach(() => {
  bench = createBench(id);
  socket = join(bench.folder, 'signer.sock');
  lines = [];
});
afterEach(async () => {
  remote?.close();
  await server?.close();
  server = undefined;
  bench.cleanUp();
});

const log = { write: (_: string, code: string, facts: object) => void lines.push({ code, facts }) };
const logged = (code: string): object | undefined => lines.find((line) => line.code === code)?.facts;

async function serve(): Promise<void> {
  const signer = await bench.open();
  server = await serveSigner({ socket, signer, log, fatal: (error) => expect.unreachable(String(error)) });
}
async function goAway(): Promise<void> {
  await server?.close();
  server = undefined;
}
function dial(
  options: { readonly network?: NetworkId; readonly validator?: ValidatorId; readonly key?: PublicKey } = {},
): RemoteSigner {
  end = new Promise((resolve) => {
    remote = createRemoteSigner({
      socket,
      network,
      validator: id as ValidatorId,
      key,
      window: () => 8,
      log,
      fatal: (code, facts) => resolve({ code, facts }),
      monotonicMs: () => performance.now(),
      ...options,
    });
  });
  return remote!;
}
const requestOf = (bytes: Uint8Array): SignRequest => ({ epoch: epochOf(0), key, bytes });
const sign = (...slots: Parameters<typeof bytesOf>[0][]): Promise<readonly (Uint8Array | undefined)[]> =>
  new Promise((resolve) =>
    remote!.sign(
      slots.map((slot) => requestOf(bytesOf(slot))),
      resolve,
    ),
  );
const isValid = (slot: Parameters<typeof bytesOf>[0], signature: Uint8Array | undefined): boolean =>
  verifyWithSodium(Buffer.from(key, 'hex'), bytesOf(slot), signature!);

it('signs in order, after the call returned, and only for who may open the socket', async () => {
  await serve();
  dial();
  const slots = Array.from({ length: 600 }, (_, i) => vote('commit', i, 1));
  let returned = false;
  const answers = slots.map(async (slot) => {
    const [signature] = await sign(slot);
    return returned && isValid(slot, signature);
  });
  returned = true;
  expect(new Set(await Promise.all(answers))).toEqual(new Set([true]));
  expect(statSync(socket).mode & 0o777).toBe(0o660);
  expect(remote!.absence()).toBeUndefined();
});

it('that is away makes the node wait and say so; back again, it signs what waited', async () => {
  dial();
  const early = sign(seal(1), vote('commit', 0, 2));
  await expect.poll(() => logged('signer-unreachable')).toMatchObject({ socket });
  expect(remote!.absence()).toMatchObject({ reason: expect.stringContaining('ENOENT') });
  await serve();
  const [first, second] = await early;
  expect([isValid(seal(1), first), isValid(vote('commit', 0, 2), second)]).toEqual([true, true]);
  expect(logged('signer-back')).toMatchObject({ waiting: 2 });
  expect(remote!.absence()).toBeUndefined();

  await goAway();
  const late = sign(seal(3));
  await expect.poll(() => remote!.absence()).toBeDefined();
  await serve();
  expect(isValid(seal(3), (await late)[0])).toBe(true);
});

it('that takes the question and never answers is away, and is asked again', async () => {
  const silent = createServer((connection) => connection.on('data', () => connection.destroy()));
  await serve();
  dial();
  await sign(seal(1));
  await goAway();
  await new Promise<void>((resolve) => silent.listen(socket, resolve));
  const answer = sign(seal(2));
  await expect.poll(() => remote!.absence()).toBeDefined();
  await new Promise((resolve) => silent.close(resolve));
  await serve();
  expect(isValid(seal(2), (await answer)[0])).toBe(true);
});

it('is told of hand-overs before what is to be signed behind them, also of those that came while it was away', async () => {
  const next = dial();
  for (const link of example.links) next.advance(link);
  const waiting = sign(seal(9, '22', 2));
  await next.known;
  expect(next.absence()).toBeDefined();
  await serve();
  expect(await waiting).toHaveLength(1);
  expect(await askSignerStatus(socket)).toMatchObject({ epoch: 2, highest: 9, refused: 0 });
  // Known ones again, as after a restart of the node.
  for (const link of example.links) next.advance(link);
  expect(await sign(seal(10, '22', 2))).toHaveLength(1);
});

describe('makes and erases keys at the word of the node', () => {
  it('beside its votes, and erases what a hand-over ended', async () => {
    await serve();
    const node = dial();
    await node.known;
    const made = await node.create();
    expect(node.keys()).toEqual([key, made]);
    expect(logged('key-created')).toEqual({ key: made });
    await expect(node.erase(key)).rejects.toMatchObject({ code: 'key-not-over' });
    expect(logged('order-refused')).toMatchObject({ refusal: 'key-not-over' });
    // A refused order ends nothing.
    expect(await sign(seal(1))).toHaveLength(1);
    node.advance(decodeEpochLink(linkTo(rotatedSet(id, made))));
    await sign(seal(1));
    await node.erase(key);
    expect(node.keys()).toEqual([made]);
    expect(await askSignerStatus(socket)).toMatchObject({ epoch: 1, keys: [made] });
  });

  it('is away, or another one: the order fails by name, and the node goes on', async () => {
    const node = dial();
    await expect(node.create()).rejects.toMatchObject({ code: 'signer-unreachable' });
    await serve();
    const other = signerOrders({
      socket,
      network: '00'.repeat(32) as NetworkId,
      validator: id as ValidatorId,
    });
    await expect(other.create()).rejects.toMatchObject({ code: 'signer-unreachable' });
    expect(await sign(seal(1))).toHaveLength(1);
  });

  it.each([
    ['more than it needs', { type: 'create', id: 1, key: new Uint8Array(32) }],
    ['less', { type: 'erase', id: 1 }],
    ['a key of another length', { type: 'erase', id: 1, key: new Uint8Array(31) }],
    ['another thing', { type: 'status', id: 1, link: new Uint8Array(1) }],
  ])('an order with %s is no order', (_, request) => {
    expect(() => decodeSignerRequest(encode(request as never))).toThrow(CodecError);
    const order = { type: 'erase', id: 7, key } as const;
    expect(decodeSignerRequest(encodeSignerRequest(order))).toEqual(order);
  });
});

describe('ends the node', () => {
  it('that asked for what it must not, and never signs it', async () => {
    await serve();
    dial();
    await sign(vote('commit', 0, 1, '11'));
    const answers: unknown[] = [];
    remote!.sign([requestOf(bytesOf(vote('commit', 0, 1, '12')))], (signatures) => answers.push(signatures));
    expect(await end).toMatchObject({
      code: 'signer-refused',
      facts: { refusal: 'double-vote', kind: 'commit' },
    });
    expect(logged('signature-refused')).toMatchObject({ refusal: 'double-vote' });
    expect(answers).toEqual([]);
  });

  it('that began to vote with a key that turns out not to be there; one that waited for the greeting knows', async () => {
    const missing = '0'.repeat(64) as PublicKey;
    const early = dial({ key: missing });
    expect(early.keys()).toEqual([missing]);
    await serve();
    expect(await end).toMatchObject({ code: 'signer-mismatch', facts: { expected: { key: missing } } });
    const late = dial({ key: missing });
    await late.known;
    expect(late.keys()).toEqual([key]);
    expect(late.absence()).toBeUndefined();
  });

  it.each([
    ['another network', { network: '00'.repeat(32) as NetworkId }],
    ['another validator', { validator: 'validator-1' as ValidatorId }],
  ])('of %s, and is asked for nothing', async (_, other) => {
    await serve();
    dial(other);
    expect(await end).toMatchObject({
      code: 'signer-mismatch',
      facts: { found: { network, validator: id } },
    });
  });
});

describe('the socket', () => {
  it('that a killed signer left behind is taken over', async () => {
    await serve();
    // An abrupt end leaves the file: closing does not, so it is made by a server that forgets it.
    await goAway();
    await leaveStaleSocket(socket);
    expect(existsSync(socket)).toBe(true);
    await serve();
    dial();
    expect(await sign(seal(1))).toHaveLength(1);
  });

  it('on which another signer listens, or where there is something else, is not', async () => {
    await serve();
    const signer = { status: () => ({}) } as never;
    await expect(serveSigner({ socket, signer, log, fatal: () => {} })).rejects.toMatchObject({
      code: 'signer-socket-in-use',
    });
    const file = join(bench.folder, 'a-file');
    writeFileSync(file, '');
    for (const path of [file, join(bench.folder, 'no', 'folder')])
      await expect(serveSigner({ socket: path, signer, log, fatal: () => {} })).rejects.toMatchObject({
        code: 'signer-socket-unusable',
      });
    expect(existsSync(file)).toBe(true);
  });

  it.each([
    ['no request', Buffer.from([0, 0, 0, 3, 1, 2, 3])],
    ['a frame beyond all bounds', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ])('closes on %s, and goes on serving others', async (_, bytes) => {
    await serve();
    await new Promise<void>((resolve) => {
      const stranger = connect(socket, () => stranger.write(bytes));
      stranger.resume();
      stranger.once('close', () => resolve());
    });
    expect(logged('request-malformed')).toBeDefined();
    dial();
    expect(await sign(seal(1))).toHaveLength(1);
  });
});

/** What a SIGKILL leaves: the file without a listener. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' });
  } catch (error) {
    expect((error as { signal?: string }).signal).toBe('SIGKILL');
  }
}
