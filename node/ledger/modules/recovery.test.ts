/** What a recovery does to state: the set, the activation that waited, and what it does not fit. */
import { describe, expect, test } from 'vitest';
import { decodeHeader } from '../../../shared/codec/ledger.ts';
import { encodeRecoveryContent } from '../../../shared/codec/recovery.ts';
import { epochOf, type NetworkId, type Signature } from '../../../shared/types/brands.ts';
import type { RecoveryCertificate, RecoverySeat } from '../../../shared/types/recovery.ts';
import {
  add,
  type Consortium,
  consortiumDocument,
  createConsortium,
  incarnationOf,
  validatorNamed,
} from '../epoch-test-support.ts';
import { executeBlock } from '../execute.ts';
import { recoveredView } from '../recovered-view.ts';
import { pendingActivation, readActivation } from './activation-records.ts';
import { readMembership } from './epochs.ts';
import { recoveryFault } from './recovery.ts';

const signature = new Uint8Array(64) as Signature;
/** With another vote store than genesis registered, as every seat of a recovery. */
const seatOf = (id: string, change: Partial<RecoverySeat> = {}): RecoverySeat => ({
  ...validatorNamed(id),
  incarnation: incarnationOf(id, 9),
  possession: { consensus: signature, node: signature },
  ...change,
});

/** Behind the newest block of the consortium. What only signatures prove is not looked at by state. */
function certificateFor(net: Consortium, validators: readonly RecoverySeat[]): RecoveryCertificate {
  const header = net.blocks.at(-1)!.headerBytes;
  const content = {
    version: 1 as const,
    network: net.genesis.network as NetworkId,
    epoch: epochOf(decodeHeader(header).nextEpoch + 1),
    base: { header },
    headers: [],
    validators,
    reason: 'a fire',
    survivors: [],
    fenced: [],
  };
  return { content, contentBytes: encodeRecoveryContent(content), records: [], signatures: [] };
}

const four = ['v1', 'v2', 'v5', 'v6'];

describe('behind a recovery', () => {
  test('an activation that waited is over, whether it was approved or scheduled', () => {
    const net = createConsortium(consortiumDocument(4));
    net.block([net.decide([add(net.genesis.network, 'v7')])]);
    const waiting = pendingActivation(net.view);
    expect(waiting?.status).toBe('approved');
    const certificate = certificateFor(
      net,
      four.map((id) => seatOf(id)),
    );
    const block = executeBlock({ ...net.input([], net.blocks.at(-1)!.header.time), recovery: certificate });
    net.apply(block);
    expect(block.opening.map(({ type }) => type).slice(0, 4)).toEqual([
      'activation.withdrawn',
      'keys.retired',
      'keys.retired',
      'recovery.recorded',
    ]);
    expect(pendingActivation(net.view)).toBeUndefined();
    expect(readActivation(net.view, waiting!.number)).toMatchObject({
      status: 'withdrawn',
      end: { reason: 'recovery' },
    });
    expect(readMembership(net.view).validators.map(({ id }) => id)).toEqual(four);
  });

  test('the next epoch hands over by itself: it is no recovery’s any more', () => {
    const net = createConsortium(consortiumDocument(4));
    net.block();
    const certificate = certificateFor(
      net,
      four.map((id) => seatOf(id)),
    );
    net.apply(executeBlock({ ...net.input([], net.blocks.at(-1)!.header.time), recovery: certificate }));
    expect(readMembership(net.view)).toMatchObject({ epoch: 1, byRecovery: true });
    net.block([net.decide([{ kind: 'validators.remove', args: { id: 'v6' } }])]);
    // Four are the least; what is refused changes nothing.
    expect(pendingActivation(net.view)).toBeUndefined();
    net.block([net.decide([{ kind: 'parameters.set', args: { set: { batchLimit: 7 } } }])]);
    for (let count = 0; count < 6; count += 1) net.block();
    const after = readMembership(net.view);
    expect(after.epoch).toBe(2);
    expect(after).not.toHaveProperty('byRecovery');
  });
});

describe('a set that does not fit the state', () => {
  const faults: readonly (readonly [string, readonly RecoverySeat[], string])[] = [
    [
      'takes a key of somebody else',
      [seatOf('v5', { consensusKey: validatorNamed('v3').consensusKey })],
      'used before',
    ],
    [
      'takes a node key of somebody else',
      [seatOf('v5', { nodeKey: validatorNamed('v3').nodeKey })],
      'used before',
    ],
    [
      'votes with a store of before',
      [seatOf('v1', { incarnation: incarnationOf('v1', 1) })],
      'not renounced',
    ],
    [
      'moves a validator to another member',
      [seatOf('v1', { member: validatorNamed('v2').member })],
      'belongs to m1',
    ],
    [
      'names a member that is none',
      [seatOf('v5', { member: 'm99' as RecoverySeat['member'] })],
      'no active member',
    ],
    [
      'has a node key twice',
      [seatOf('v5'), seatOf('v6', { nodeKey: validatorNamed('v5').nodeKey })],
      'a key or a vote store stands there twice',
    ],
    [
      'has an address twice',
      [seatOf('v1'), seatOf('v5', { address: validatorNamed('v1').address })],
      'twice',
    ],
  ];
  test.each(faults)('because it %s', (_name, seats, words) => {
    const net = createConsortium(consortiumDocument(4));
    net.block();
    const certificate = certificateFor(net, seats);
    expect(recoveryFault(net.view, certificate.content)).toContain(words);
    expect(() => recoveredView(net.view, certificate)).toThrow('invariant');
  });

  test('because it skips an epoch', () => {
    const net = createConsortium(consortiumDocument(4));
    net.block();
    const { content } = certificateFor(net, [seatOf('v1')]);
    expect(recoveryFault(net.view, { ...content, epoch: epochOf(2) })).toContain('does not follow');
    expect(recoveryFault(net.view, content)).toBeUndefined();
  });
});
