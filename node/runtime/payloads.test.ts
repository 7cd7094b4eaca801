/**
 * Payloads in a whole network in memory: durable on every voter before what names them is prepared, fetched by who
 * was away, erased everywhere, and no hindrance to agreement when they are withheld or erased on their way.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { erasableStanza, payloadDigest } from '../../shared/codec/payload.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import type { Digest, ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue, Header, Transaction } from '../../shared/types/ledger.ts';
import { consortiumDocument } from '../ledger/epoch-test-support.ts';
import { readPayload } from '../ledger/modules/payloads.ts';
import { transactionOfPair } from '../ledger/pairs.ts';
import { type CrashPlan, createTestNetwork, type TestNetwork } from './network-test-support.ts';
import { createPayloadNeeds } from './payload-needs.ts';
import { type PayloadRow, payloadsInMemory } from './payloads-in-memory.ts';
import type { StatePort } from './ports.ts';
import { encodeLinkMessage } from './wire.ts';

const four = ['v1', 'v2', 'v3', 'v4'] as const;
const bytesOf = (name: string): Uint8Array => toUtf8(`content of ${name}`);
const digestOf = (name: string): Digest => payloadDigest(bytesOf(name));

let net: TestNetwork;
beforeEach(() => {
  net = createTestNetwork(consortiumDocument(4, { heartbeatMs: 100, lifetimeMs: 120_000 }), four);
  for (const id of four) net.start(id);
  net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
});

/** Appends one event for each name, with the payload of this name. */
function naming(...names: readonly string[]): Transaction {
  const events = names.map((name) => {
    const digest = fromHex(digestOf(name));
    const payload = { digest, size: bytesOf(name).length, erasable: true, recipients: [] };
    return { eventId: `event ${name}`, type: 't', data: 1, labels: {}, references: [], payload };
  });
  return net.transaction('m1.admin', 'streams.append', { stream: 's', expectedRevision: 'any', events });
}
function put(id: string, name: string): Transaction {
  const transaction = naming(name);
  net.submit(id, transaction, bytesOf(name));
  return transaction;
}
const erasing = (...names: readonly string[]): Transaction => {
  const digests = names.map((name) => fromHex(digestOf(name)));
  const actions = [{ kind: 'payloads.erase', args: { digests, reason: 'asked for' } }];
  const expiresAt = net.genesis.header.time + 3_600_000;
  const args: CborValue = { actions, reason: 'because', expiresAt };
  return net.transaction('m1.admin', 'governance.propose', args);
};
const plain = (name: string): Transaction => {
  const events = [{ eventId: name, type: 't', data: 1, labels: {}, references: [] }];
  return net.transaction('m1.admin', 'streams.append', { stream: 'p', expectedRevision: 'any', events });
};

const isRecorded = (id: string, name: string): boolean =>
  net.isUp(id) && readPayload(net.state(id), digestOf(name)) !== undefined;
const isErased = (id: string, name: string): boolean =>
  readPayload(net.state(id), digestOf(name))?.erased !== undefined;
const has = (id: string, name: string): boolean => net.seat(id).payloads.has(digestOf(name));
const untilRecorded = (name: string, ids: readonly string[] = four): void =>
  net.until(`${name} is recorded`, () => ids.every((id) => isRecorded(id, name)));

/** Who signed a PREPARE or PRE-PREPARE for a batch with this transaction. */
function votersFor(transaction: Transaction): readonly ValidatorId[] {
  const batches = new Set(
    four.flatMap((id) =>
      net
        .seat(id)
        .records.flatMap((record) =>
          record.kind === 'batch' && record.batch.ids.includes(transaction.id) ? [record.digest] : [],
        ),
    ),
  );
  return net.signed.flatMap(({ by, slot }) =>
    (slot.kind === 'prepare' || slot.kind === 'pre-prepare') && batches.has(slot.content as never)
      ? [by]
      : [],
  );
}

describe('a payload', () => {
  it('is on every validator when the event is certified there', () => {
    put('v1', 'a');
    untilRecorded('a');
    expect(four.map((id) => has(id, 'a'))).toEqual([true, true, true, true]);
    for (const id of four) expect(net.node(id).payload(digestOf('a'))).toEqual(bytesOf('a'));
    expect(net.node('v2').status().payloads).toMatchObject({ count: 1, missing: 0 });
  });

  it('is fetched by who was away, one that the events name, and nothing waits for it', () => {
    net.crash('v4');
    for (const name of ['a', 'b', 'c']) put('v1', name);
    untilRecorded('c', ['v1', 'v2', 'v3']);
    net.start('v4');
    net.until('it votes', () => net.mode('v4') === 'voting');
    net.until('it has them', () => ['a', 'b', 'c'].every((name) => has('v4', name)));
    expect(net.node('v4').status().payloads).toMatchObject({ count: 3, missing: 0, isScanned: true });
  });

  it('that was lost from a disk is missed after the next start, and fetched', () => {
    put('v1', 'a');
    untilRecorded('a');
    net.crash('v3');
    net.seat('v3').payloads.clear();
    net.start('v3');
    net.until('it has it again', () => has('v3', 'a'));
  });

  it('that nobody has is shown as missing, and blocks nothing', () => {
    put('v1', 'a');
    untilRecorded('a');
    for (const id of four) net.crash(id);
    for (const id of four) net.seat(id).payloads.clear();
    for (const id of four) net.start(id);
    net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
    const height = net.height('v1');
    net.submit('v1', plain('next'));
    net.until('a block more', () => four.every((id) => net.height(id) > height));
    expect(net.node('v1').status().payloads).toMatchObject({ missing: 1, missingSample: [digestOf('a')] });
  });
});

it('a payload that no event came to name leaves once nothing can name it any more, by certified time', () => {
  net = createTestNetwork(
    consortiumDocument(4, { heartbeatMs: 1_000, lifetimeMs: 60_000, driftMs: 100 }),
    four,
  );
  for (const id of four) net.start(id);
  net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
  put('v1', 'kept');
  for (const id of ['v1', 'v2']) net.seat(id).payloads.set(digestOf('stale'), looseRow(bytesOf('stale')));
  untilRecorded('kept');
  net.run(70_000);
  // Time stands still without blocks: nothing has left.
  expect(has('v1', 'stale')).toBe(true);
  net.submit('v1', net.transaction('m1.admin', 'assets.define', { asset: 'a', decimals: 0 }, 5_000));
  net.run(70_000);
  expect(['v1', 'v2'].map((id) => [has(id, 'kept'), has(id, 'stale')])).toEqual([
    [true, false],
    [true, false],
  ]);
});

const blocksAt = (header: Header) => ({ tip: () => ({ header }) }) as never;

const looseRow = (bytes: Uint8Array): PayloadRow => ({
  bytes,
  arrivedMs: net.genesis.header.time,
  isLoose: true,
});

describe('erasing', () => {
  it('deletes it on every node once the block is certified there, and what was granted from it', () => {
    put('v1', 'a');
    put('v2', 'b');
    untilRecorded('a');
    untilRecorded('b');
    net.submit('v3', erasing('a'));
    net.until('it is nowhere', () => four.every((id) => !has(id, 'a')));
    expect(four.every((id) => isErased(id, 'a') && has(id, 'b'))).toBe(true);
    expect(net.node('v1').payload(digestOf('a'))).toBeUndefined();
  });

  it('reaches a node that was away, when it comes there', () => {
    put('v1', 'a');
    untilRecorded('a');
    net.crash('v4');
    net.submit('v1', erasing('a'));
    net.until('it is erased', () => ['v1', 'v2', 'v3'].every((id) => isErased(id, 'a') && !has(id, 'a')));
    expect(has('v4', 'a')).toBe(true);
    net.start('v4');
    net.until('there, too', () => net.mode('v4') === 'voting' && !has('v4', 'a'));
  });

  it('is done by the next start if a crash came between the block and the deletion', () => {
    put('v1', 'a');
    untilRecorded('a');
    const calls = net.plan('v4', { call: Number.POSITIVE_INFINITY, effect: 'before' });
    net.submit('v1', erasing('a'));
    net.until('it begins', () => calls.includes('erase payloads'));
    net.crash('v4');
    expect([has('v4', 'a'), isErased('v1', 'a')]).toEqual([true, true]);
    net.start('v4');
    net.until('it is gone', () => !has('v4', 'a'));
  });

  it('makes no hole for what comes later: erased bytes are not taken in again', () => {
    put('v1', 'a');
    untilRecorded('a');
    net.submit('v1', erasing('a'));
    net.until('it is nowhere', () => four.every((id) => !has(id, 'a')));
    const results: unknown[] = [];
    const supplied = new Map([[digestOf('a'), bytesOf('a')]]);
    net.node('v2').submit([naming('a')], (all) => results.push(...all), undefined, supplied);
    net.run(500);
    // The same event again: it is there already.
    expect(results).toMatchObject([{ status: 'accepted' }]);
    const elsewhere = net.transaction('m1.admin', 'streams.append', {
      ...(naming('a').body.args as object),
      stream: 'other',
    });
    net.node('v2').submit([elsewhere], (all) => results.push(...all), undefined, supplied);
    net.run(500);
    expect(results[1]).toMatchObject({ status: { code: 'payload-erased', facts: { by: 'm1' } } });
    expect(four.some((id) => has(id, 'a'))).toBe(false);
  });
});

describe('somebody who names in an event of his own what he saw on its way, as what may not be erased', () => {
  const content = toUtf8(`age-encryption.org/v1\n-> ${erasableStanza}\n\nsealed`);
  const digest = payloadDigest(content);
  function appending(stream: string, erasable: boolean): Transaction {
    const payload = { digest: fromHex(digest), size: content.length, erasable, recipients: [] };
    const events = [{ eventId: stream, type: 't', data: 1, labels: {}, references: [], payload }];
    return net.transaction('m1.admin', 'streams.append', { stream, expectedRevision: 'any', events });
  }
  const holds = (id: string): boolean => net.seat(id).payloads.has(digest);

  it('is refused where he submits it', () => {
    const results: unknown[] = [];
    const supplied = new Map([[digest, content]]);
    net.node('v2').submit([appending('his', false)], (all) => results.push(...all), undefined, supplied);
    net.run(500);
    expect(results).toMatchObject([{ status: { code: 'payload-must-be-erasable', facts: { digest } } }]);
    expect(holds('v2')).toBe(false);
  });

  it('is neither pooled nor prepared, and what he named can be erased everywhere', () => {
    const his = appending('his', false);
    // v4 lies: it has the bytes, and spreads his event before anybody has heard of the first one.
    net.seat('v4').payloads.set(digest, looseRow(content));
    const frame = encodeLinkMessage({ type: 'transactions', envelopes: [his.envelope] });
    for (const id of ['v1', 'v2', 'v3']) net.node(id).received('v4' as ValidatorId, frame);
    net.run(2_000);
    expect(['v1', 'v2', 'v3'].some((id) => net.node(id).isWaiting(his.id))).toBe(false);
    net.submit('v1', appending('hers', true), content);
    net.until('hers is recorded', () => four.every((id) => readPayload(net.state(id), digest) !== undefined));
    expect(readPayload(net.state('v1'), digest)).toMatchObject({ stream: 'hers', erasable: true });
    // Again, now that all have the bytes.
    for (const id of ['v1', 'v2', 'v3']) net.node(id).received('v4' as ValidatorId, frame);
    net.run(2_000);
    expect(votersFor(his)).toEqual([]);
    const actions = [{ kind: 'payloads.erase', args: { digests: [fromHex(digest)], reason: 'asked for' } }];
    const expiresAt = net.genesis.header.time + 3_600_000;
    const args: CborValue = { actions, reason: 'because', expiresAt };
    net.submit('v3', net.transaction('m1.admin', 'governance.propose', args));
    net.until('it is nowhere', () => four.every((id) => !holds(id)));
    expect(four.map((id) => net.node(id).status().consensus?.view)).toEqual([0, 0, 0, 0]);
  });

  it('does not have a batch of his prepared, if he leads', () => {
    const his = appending('his', false);
    const needs = createPayloadNeeds({
      ports: {
        payloads: payloadsInMemory(new Map([[digest, looseRow(content)]]), () => undefined),
        state: net.state('v1') as StatePort,
        blocks: blocksAt(net.genesis.header),
      },
    });
    expect(needs.lacking([his]).map((one) => one.digest)).toEqual([digest]);
    // What a quorum has prepared all the same is executed by everybody (rule N5).
    expect(needs.lacking([his], true)).toEqual([]);
    expect(needs.lacking([appending('hers', true)])).toEqual([]);
  });
});

describe('agreement', () => {
  it('does not order what names a payload that its first node lost: others neither pool nor prepare it', () => {
    // A backup, so that nobody proposes it before the payload is lost.
    net.cut('v2', true);
    const transaction = put('v2', 'a');
    net.run(50);
    net.seat('v2').payloads.delete(digestOf('a'));
    net.cut('v2', false);
    net.run(3_000);
    expect(votersFor(transaction)).toEqual([]);
    expect(['v1', 'v3', 'v4'].some((id) => net.node(id).isWaiting(transaction.id))).toBe(false);
    // Nobody suspects anybody for it.
    expect(four.map((id) => net.node(id).status().consensus?.view)).toEqual([0, 0, 0, 0]);
    net.submit('v3', plain('next'));
    net.until('others go on', () => four.every((id) => net.height(id) > 0));
  });

  it('goes on when one is erased and then named again by what was accepted before (schedule 17)', () => {
    // v4 accepts it while it hears of nobody, and promises to try.
    net.cut('v4', true);
    const args = { ...(naming('a').body.args as object), stream: 'other' };
    const again = net.transaction('m2.admin', 'streams.append', args, 100_000);
    const results: unknown[] = [];
    const supplied = new Map([[digestOf('a'), bytesOf('a')]]);
    net.node('v4').submit([again], (all) => results.push(...all), undefined, supplied);
    net.until('it is accepted', () => results.length > 0);
    expect(results).toMatchObject([{ status: 'accepted' }]);
    put('v1', 'a');
    untilRecorded('a', ['v1', 'v2', 'v3']);
    net.submit('v1', erasing('a'));
    net.until('the others erased it', () =>
      ['v1', 'v2', 'v3'].every((id) => isErased(id, 'a') && !has(id, 'a')),
    );
    net.cut('v4', false);
    const { sender, nonce } = again.body;
    const isOver = (id: string): boolean => transactionOfPair(net.state(id), sender, nonce) === again.id;
    net.until('it ran, and was refused, everywhere', () => four.every(isOver), 20_000);
    net.until('v4 erased it, too', () => !has('v4', 'a'));
    expect(four.some((id) => has(id, 'a'))).toBe(false);
    expect(four.map((id) => net.node(id).status().consensus?.view)).toEqual([0, 0, 0, 0]);
  });
});

const never: CrashPlan = { call: Number.POSITIVE_INFINITY, effect: 'before' };

describe('a crash', () => {
  /** What v2, a backup or the primary, asks of its ports from the submission on until the event is certified there. */
  const steps = (): readonly string[] => {
    net = createTestNetwork(consortiumDocument(4, { heartbeatMs: 100 }), four);
    for (const id of four) net.start(id);
    net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
    const calls = net.plan('v2', never);
    put('v1', 'a');
    untilRecorded('a');
    net.until('all certified', () => four.every((id) => net.height(id) === 1));
    return [...calls];
  };

  it('at any step leaves no vote without its payload, and the payload comes to all', () => {
    const calls = steps();
    const [isPut, vote] = [calls.indexOf('put payloads is durable'), calls.indexOf('persist')];
    expect(isPut).toBeGreaterThanOrEqual(0);
    expect(vote).toBeGreaterThan(isPut);
    for (const effect of ['before', 'behind'] as const) {
      for (let call = 1; call <= calls.length; call += 1) {
        net = createTestNetwork(consortiumDocument(4, { heartbeatMs: 100 }), four);
        for (const id of four) net.start(id);
        net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
        net.plan('v2', { call, effect });
        const transaction = put('v1', 'a');
        net.until(`crash ${effect} ${call}`, () => !net.isUp('v2'), 5_000);
        if (votersFor(transaction).includes('v2' as ValidatorId)) expect(has('v2', 'a')).toBe(true);
        net.start('v2');
        net.until('all have it', () => four.every((id) => isRecorded(id, 'a') && has(id, 'a')));
      }
    }
  }, 60_000);
});
