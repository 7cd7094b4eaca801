/** Whole nodes go from epoch to epoch (rules E1, E2, D3): what the ledger decides, the runtime follows. */
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { heightOf, type Incarnation, type ValidatorId } from '../../shared/types/brands.ts';
import type { GovernedAction } from '../../shared/types/governance.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { add, consortiumDocument, newStore, possessionOf, remove } from '../ledger/epoch-test-support.ts';
import { pendingActivation, readyDigest } from '../ledger/modules/activation-records.ts';
import { newestProtocol } from '../ledger/protocols.ts';
import { appendOf, keyOf } from '../ledger/test-support.ts';
import { createTestNetwork, type TestNetwork } from './network-test-support.ts';
import { protocolStop } from './protocol-stop.ts';

const four = ['v1', 'v2', 'v3', 'v4'];

function founded(ids: readonly string[] = four, parameters = {}): TestNetwork {
  const net = createTestNetwork(consortiumDocument(ids.length, { heartbeatMs: 100, ...parameters }), ids);
  for (const id of ids) net.start(id);
  net.until('all vote', () => ids.every((id) => net.mode(id) === 'voting'));
  return net;
}

function decide(net: TestNetwork, ...actions: readonly GovernedAction[]): void {
  const expiresAt = net.genesis.header.time + 24 * 3_600_000;
  const proposal = { actions: [...actions], reason: 'because', expiresAt };
  const up = [...net.seats.keys()].find((id) => net.isUp(id))!;
  net.submit(up, net.transaction('m1.admin', 'governance.propose', proposal as unknown as CborValue));
}
const parameters = (set: { readonly [name: string]: number }): GovernedAction => ({
  kind: 'parameters.set',
  args: { set },
});

/** A block with this event as its last one is the end of an epoch. */
const lastHeight = (net: TestNetwork, id: string, epoch: number): number =>
  net.seat(id).blocks.find(({ block: { header } }) => header.epoch === epoch && header.nextEpoch !== epoch)
    ?.block.height ?? 0;

function everybodyIn(net: TestNetwork, ids: readonly string[], epoch: number): void {
  net.until(`${ids.join(' ')} are in epoch ${epoch}`, () =>
    ids.every((id) => net.isUp(id) && net.epoch(id) === epoch),
  );
}

/** Commits something new, to say that the network goes on. */
function commits(net: TestNetwork, ids: readonly string[]): void {
  const target = Math.max(...ids.map((id) => net.height(id))) + 1;
  net.submit(
    ids[0]!,
    net.transaction(
      'm1.admin',
      'streams.append',
      appendOf('s', `e${target} ${Math.max(...ids.map((id) => net.height(id)))}`),
    ),
  );
  net.until(`height ${target}`, () => ids.every((id) => net.height(id) >= target));
}

function agree(net: TestNetwork, ids: readonly string[]): void {
  const height = Math.min(...ids.map((id) => net.height(id)));
  for (let at = 1; at <= height; at += 1)
    expect(new Set(ids.map((id) => net.hash(id, at))).size, `blocks of height ${at}`).toBe(1);
}

/** E1: nothing of an epoch is signed at or above the first height of the next one. */
function nothingBehindItsEnd(net: TestNetwork, id: string): void {
  for (const { slot, by } of net.signed) {
    const end = lastHeight(net, id, slot.epoch);
    const height = slot.kind === 'seal' ? slot.height : slot.sequence;
    if (end > 0) expect(height, `${slot.kind} of epoch ${slot.epoch} by ${by}`).toBeLessThanOrEqual(end);
  }
}

/** v2 asks for another key, which its signer holds already, and says that it is ready. */
function rotate(net: TestNetwork, to: string, from = 'v2 consensus'): void {
  const key = keyOf(to);
  const possession = possessionOf(net.genesis.network, { key, kind: 'consensus', owner: 'v2' });
  net.submit('v1', net.transaction(from, 'validator.rotate', { key: fromHex(key), possession }));
}
function ready(net: TestNetwork, id: string, key: string, incarnation: Incarnation, activation = 0): void {
  const height = net.height('v1');
  const block = fromHex(net.hash('v1', height)!);
  const args = { activation, incarnation: fromHex(incarnation), height, block, protocol: 1 };
  net.submit(id, net.transaction(key, 'validator.ready', args));
}
const hasEvent = (net: TestNetwork, id: string, type: string): boolean =>
  net
    .seat(id)
    .blocks.some(({ block: { opening, closing, ran } }) =>
      [...opening, ...closing, ...ran.flatMap(({ events }) => events)].some((event) => event.type === type),
    );

describe('an activation', () => {
  it('leads all nodes into the next epoch, on an idle network too, and each signs with the key of its epoch', () => {
    const net = founded();
    net.seat('v2').keys.push(keyOf('v2 second'));
    rotate(net, 'v2 second');
    net.until('approved', () => four.every((id) => hasEvent(net, id, 'activation.approved')));
    ready(net, 'v2', 'v2 second', net.seat('v2').incarnation);
    everybodyIn(net, four, 1);
    expect(four.map((id) => net.mode(id))).toEqual(['voting', 'voting', 'voting', 'voting']);
    commits(net, four);
    agree(net, four);
    nothingBehindItsEnd(net, 'v1');
    const byKey = (name: string) =>
      net.signed.filter(({ key }) => key === keyOf(name)).map(({ slot }) => slot.epoch);
    expect(new Set(byKey('v2 consensus'))).toEqual(new Set([0]));
    expect(new Set(byKey('v2 second'))).toEqual(new Set([1]));
  });

  it('changes parameters and the set; who is removed follows what the others certify', () => {
    const five = [...four, 'v5'];
    const net = founded(five);
    decide(net, remove('v5'), parameters({ window: 5 }));
    everybodyIn(net, five, 1);
    expect(net.mode('v5')).toBe('observing');
    commits(net, four);
    const height = net.height('v1');
    net.until('the removed one follows', () => net.height('v5') >= height, 5_000);
    agree(net, five);
  });
});

describe('a validator that joins', () => {
  it('follows from genesis on, says that it is ready, and votes from the epoch that it is admitted to', () => {
    const net = createTestNetwork(consortiumDocument(4, { heartbeatMs: 100 }), [...four, 'v5']);
    for (const id of [...four, 'v5']) net.start(id);
    net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
    expect(net.mode('v5')).toBe('observing');
    decide(net, add(net.genesis.network, 'v5'));
    net.until('it follows', () => hasEvent(net, 'v5', 'activation.approved'), 5_000);
    ready(net, 'v1', 'v5 consensus', net.seat('v5').incarnation);
    net.until('ready', () => four.every((id) => hasEvent(net, id, 'activation.ready')));
    attest(net, ['v1', 'v2', 'v3'], 'v5');
    everybodyIn(net, [...four, 'v5'], 1);
    net.until('it votes', () => net.mode('v5') === 'voting');
    net.crash('v1');
    commits(net, ['v2', 'v3', 'v4', 'v5']);
    agree(net, ['v2', 'v3', 'v4', 'v5']);
  });
});

describe('who has no key of the epoch', () => {
  it('observes and follows, goes on so after a restart, and votes again once it has the key', () => {
    const net = founded();
    const { incarnation } = net.seat('v2');
    rotate(net, 'v2 lost');
    net.until('approved', () => four.every((id) => hasEvent(net, id, 'activation.approved')));
    ready(net, 'v2', 'v2 lost', incarnation);
    everybodyIn(net, four, 1);
    expect(four.map((id) => net.mode(id))).toEqual(['voting', 'observing', 'voting', 'voting']);
    commits(net, four);
    net.crash('v2');
    commits(net, ['v1', 'v3', 'v4']);
    net.start('v2');
    expect(net.mode('v2')).toBe('observing');
    const height = net.height('v1');
    net.until('it follows', () => net.height('v2') >= height);
    net.crash('v2');
    net.seat('v2').keys.push(keyOf('v2 lost'));
    net.start('v2');
    net.until('it votes', () => net.mode('v2') === 'voting');
    commits(net, four);
    agree(net, four);
  });
});

describe('a node that was away', () => {
  it('comes back over three epochs, of which it knew none, and votes in the last one', () => {
    const net = founded();
    net.crash('v4');
    const three = ['v1', 'v2', 'v3'];
    for (const window of [4, 5, 6]) {
      decide(net, parameters({ window }));
      everybodyIn(net, three, window - 3);
      commits(net, three);
    }
    net.start('v4');
    expect(net.epoch('v4')).toBe(0);
    net.until('it votes in epoch 3', () => net.epoch('v4') === 3 && net.mode('v4') === 'voting');
    net.crash('v1');
    commits(net, ['v2', 'v3', 'v4']);
    agree(net, ['v2', 'v3', 'v4']);
    nothingBehindItsEnd(net, 'v2');
  });

  it('and sleeps through the boundary on a cut link goes over by the certificate of the last block (V6)', () => {
    const net = founded();
    net.cut('v3', true);
    decide(net, parameters({ window: 4 }));
    everybodyIn(net, ['v1', 'v2', 'v4'], 1);
    net.cut('v3', false);
    everybodyIn(net, four, 1);
    expect(net.mode('v3')).toBe('voting');
    commits(net, four);
    agree(net, four);
  });
});

/** Raises the protocol by ballots to what nobody's software knows: Q validators say all the same that they are ready. */
function raiseBeyondKnowledge(net: TestNetwork): void {
  for (let version = 2; version <= newestProtocol; version += 1) {
    decide(net, { kind: 'protocol.raise', args: { version } });
    everybodyIn(net, four, version - 1);
  }
  const activation = newestProtocol - 1;
  decide(net, { kind: 'protocol.raise', args: { version: newestProtocol + 1 } });
  net.until('approved', () => pendingActivation(net.state('v1'))?.number === activation);
  for (const id of ['v1', 'v2', 'v3']) {
    const incarnation = fromHex(net.seat(id).incarnation);
    const block = fromHex(net.hash('v1', net.height('v1'))!);
    const args = { activation, incarnation, height: net.height('v1'), block, protocol: newestProtocol + 1 };
    net.submit('v1', net.transaction(`${id} consensus`, 'validator.ready', args));
  }
}

describe('a protocol that the software does not know (rule E1)', () => {
  it('stops the node behind the last block of the epoch before, by name, and nothing above is signed', () => {
    const net = founded();
    net.allowStop('protocol-unsupported');
    raiseBeyondKnowledge(net);
    const epoch = newestProtocol - 1;
    net.until('all have stopped', () => four.every((id) => !net.isUp(id)));
    const last = heightOf(lastHeight(net, 'v1', epoch));
    const { code, facts } = protocolStop(last, { protocol: newestProtocol + 1, newest: newestProtocol });
    expect(net.stops).toHaveLength(4);
    for (const stop of net.stops) expect(stop).toEqual({ id: stop.id, code, facts });
    expect(four.map((id) => net.height(id))).toEqual([last, last, last, last]);
    agree(net, four);
    nothingBehindItsEnd(net, 'v1');
    expect(net.signed.filter(({ slot }) => slot.epoch > epoch)).toEqual([]);
  });

  it('stops it again at each start, before anything is said', () => {
    const net = founded();
    net.allowStop('protocol-unsupported');
    raiseBeyondKnowledge(net);
    net.until('all have stopped', () => four.every((id) => !net.isUp(id)));
    const before = { signed: net.signed.length, height: net.height('v2') };
    net.start('v2');
    net.until('it has stopped', () => !net.isUp('v2'));
    expect(net.stops.map(({ id }) => id)).toHaveLength(5);
    expect({ signed: net.signed.length, height: net.height('v2') }).toEqual(before);
  });
});

describe('limits that shrink (schedule 18)', () => {
  it('end the waiting of what no primary could propose any more, everywhere, and depose nobody', () => {
    const net = founded();
    decide(net, parameters({ envelopeBytesMax: 4_096 }));
    net.until('scheduled', () => pendingActivation(net.state('v1'))?.at !== undefined);
    const last = pendingActivation(net.state('v1'))!.at! - 1;
    const isLastProposed = (): boolean =>
      net.signed.some(({ slot }) => slot.kind === 'pre-prepare' && slot.sequence === last);
    net.until('the last block is proposed', isLastProposed);
    expect(four.map((id) => net.epoch(id))).toEqual([0, 0, 0, 0]);
    const large = net.transaction(
      'm1.admin',
      'streams.append',
      appendOf('s', 'large', 'any', 'x'.repeat(6_000)),
    );
    for (const id of four) net.submit(id, large);
    net.until('it waits', () => four.every((id) => net.node(id).isWaiting(large.id)));
    everybodyIn(net, four, 1);
    net.run(10_000);
    expect(four.map((id) => net.node(id).isWaiting(large.id))).toEqual([false, false, false, false]);
    expect(four.map((id) => net.node(id).status().consensus?.view)).toEqual([0, 0, 0, 0]);
    commits(net, four);
  });
});

describe('a vote store that lost votes (rule D3)', () => {
  it('is renounced, observes, and votes again from the activation that registers its new incarnation', () => {
    const net = founded();
    commits(net, four);
    const { incarnation } = net.seat('v2');
    net.cut('v1', true);
    net.submit('v2', net.transaction('m1.admin', 'streams.append', appendOf('s', 'x')));
    net.until('v2 votes', () =>
      net
        .seat('v2')
        .records.some((record) => record.kind === 'vote' && record.vote.sequence > net.height('v2')),
    );
    net.crash('v2');
    net.seat('v2').records = [];
    net.cut('v1', false);
    net.start('v2');
    net.until('it is renounced', () => net.seat('v2').incarnation !== incarnation);
    expect(net.mode('v2')).toBe('observing');
    net.run(2_000);
    expect(net.mode('v2')).toBe('observing');
    const fresh = net.seat('v2').incarnation;
    decide(net, { ...newStore('v2', 2), args: { id: 'v2', incarnation: fromHex(fresh) } });
    net.until('approved', () => four.every((id) => hasEvent(net, id, 'activation.approved')));
    ready(net, 'v2', 'v2 consensus', fresh);
    net.until('ready', () => four.every((id) => hasEvent(net, id, 'activation.ready')));
    attest(net, ['v1', 'v3', 'v4'], 'v2');
    everybodyIn(net, four, 1);
    net.until('it votes', () => net.mode('v2') === 'voting');
    net.crash('v1');
    commits(net, ['v2', 'v3', 'v4']);
    agree(net, ['v2', 'v3', 'v4']);
  });
});

describe('blocks that were put back behind a hand-over (rule D3, schedule 9)', () => {
  it('leave votes of a later epoch than theirs: the store is renounced, and the node follows', () => {
    const net = founded();
    decide(net, parameters({ window: 4 }));
    everybodyIn(net, four, 1);
    commits(net, four);
    const { incarnation, records } = net.seat('v2');
    expect(records.some((record) => record.kind === 'seal' && record.epoch === 1)).toBe(true);
    net.crash('v2');
    net.seat('v2').blocks.length = 1;
    net.start('v2');
    net.until('it has started', () => net.epoch('v2') !== undefined);
    expect(net.epoch('v2')).toBe(0);
    net.until('it is renounced', () => net.seat('v2').incarnation !== incarnation);
    expect(net.logged.some(({ id, code }) => id === 'v2' && code === 'blocks-lost')).toBe(true);
    const height = net.height('v1');
    net.until('it follows', () => net.epoch('v2') === 1 && net.height('v2') >= height);
    expect(net.mode('v2')).toBe('observing');
    net.run(1_000);
    expect(net.mode('v2')).toBe('observing');
    agree(net, four);
  });
});

/** What an attestation names: the record that state holds. */
function readyRecord(net: TestNetwork, id: string): Uint8Array {
  const pending = pendingActivation(net.state('v1'))!;
  const validator = id as ValidatorId;
  return fromHex(readyDigest(pending.number, validator, pending.ready.get(validator)!));
}
function attest(net: TestNetwork, ids: readonly string[], subject: string): void {
  const args = { activation: 0, subject, ready: readyRecord(net, subject) };
  for (const id of ids) net.submit(id, net.transaction(`${id} consensus`, 'validator.attest', args));
}
