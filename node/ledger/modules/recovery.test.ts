/** What a recovery does to state: the set, the activation that waited, and what it does not fit. */
import { describe, expect, test } from 'vitest';
import { evidenceOf } from '../../../shared/codec/conflict.ts';
import { evidenceToCbor } from '../../../shared/codec/evidence.ts';
import { decodeHeader } from '../../../shared/codec/ledger.ts';
import { encodeRecoveryContent } from '../../../shared/codec/recovery.ts';
import { signingBytesOf } from '../../../shared/protocol/verify-evidence.ts';
import {
  type BlockHash,
  epochOf,
  type Height,
  type NetworkId,
  type Signature,
  type ValidatorId,
} from '../../../shared/types/brands.ts';
import type { SealMessage } from '../../../shared/types/messages.ts';
import type { RecoveryCertificate, RecoverySeat } from '../../../shared/types/recovery.ts';
import {
  add,
  type Consortium,
  consortiumDocument,
  createConsortium,
  incarnationOf,
  refusals,
  signatureOf,
  validatorNamed,
} from '../epoch-test-support.ts';
import { executeBlock } from '../execute.ts';
import { recoveredView } from '../recovered-view.ts';
import { pendingActivation, readActivation } from './activation-records.ts';
import { readMembership } from './epochs.ts';
import { recoveryFault } from './recovery.ts';
import { evidenceAction, evidenceAgainst } from './validator.ts';

const signature = new Uint8Array(64) as Signature;
/** With another vote store than genesis registered, as every seat of a recovery. */
const seatOf = (id: string, change: Partial<RecoverySeat> = {}): RecoverySeat => ({
  ...validatorNamed(id),
  incarnation: incarnationOf(id, 9),
  possession: { consensus: signature, node: signature },
  ...change,
});

/** Behind the newest block of the consortium. What only signatures prove is not looked at by state. */
function certificateFor(
  net: Consortium,
  validators: readonly RecoverySeat[],
  survivors: readonly string[] = [],
): RecoveryCertificate {
  const header = net.blocks.at(-1)!.headerBytes;
  const content = {
    version: 1 as const,
    network: net.genesis.network as NetworkId,
    epoch: epochOf(decodeHeader(header).nextEpoch + 1),
    base: { header },
    headers: [],
    validators,
    reason: 'a fire',
    survivors: survivors.map((validator) => ({
      validator: validator as ValidatorId,
      height: decodeHeader(header).height,
      block: net.blocks.at(-1)!.hash,
      signature,
    })),
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

describe('two seals of one validator, on both sides of a recovery', () => {
  /** Behind a recovery in which v1 gave its word and v2, which had lost its votes, did not. Both keep their keys. */
  function recovered(protocol = 3) {
    const net = createConsortium({ ...consortiumDocument(4), protocol });
    net.block();
    const last = decodeHeader(net.blocks.at(-1)!.headerBytes).height;
    const certificate = certificateFor(
      net,
      four.map((id) => seatOf(id)),
      ['v1'],
    );
    const block = executeBlock({ ...net.input([], net.blocks.at(-1)!.header.time), recovery: certificate });
    net.apply(block);
    const seal = (sender: string, epoch: number, above: number, content: string): SealMessage => {
      const unsigned: SealMessage = {
        kind: 'seal',
        epoch: epochOf(epoch),
        height: (last + above) as Height,
        block: content.repeat(32) as BlockHash,
        sender: sender as ValidatorId,
        signature,
      };
      const key = validatorNamed(sender).consensusKey;
      return { ...unsigned, signature: signatureOf(key, signingBytesOf(net.genesis.network, unsigned)) };
    };
    const report = (one: SealMessage, other: SealMessage) => {
      const args = evidenceToCbor(evidenceOf(one, other)!);
      return refusals(net.block([net.send('v6 consensus', evidenceAction, args)]))[0];
    };
    return { net, seal, report, last };
  }

  test('what its votes were lost with was given up: the seal in its place is no lie', () => {
    const { net, seal, report, last } = recovered();
    expect(report(seal('v2', 0, 1, 'aa'), seal('v2', 1, 1, 'bb'))).toEqual({
      code: 'evidence-given-up',
      facts: { validator: 'v2', recovery: 0, height: last },
    });
    expect(evidenceAgainst(net.view, 'v2' as ValidatorId, epochOf(0), ['seal'])).toEqual([]);
  });

  test('by the rules before protocol 3 it was recorded, and stays so', () => {
    const { net, seal, report } = recovered(2);
    expect(report(seal('v2', 0, 1, 'aa'), seal('v2', 1, 1, 'bb'))).toBeUndefined();
    expect(evidenceAgainst(net.view, 'v2' as ValidatorId, epochOf(0), ['seal'])).toHaveLength(1);
  });

  test('who gave its word that it had sealed nothing above is held to it', () => {
    const { seal, report } = recovered();
    expect(report(seal('v1', 0, 1, 'aa'), seal('v1', 1, 1, 'bb'))).toBeUndefined();
  });

  test('a block that was kept, and two seals of one side, are judged as ever', () => {
    const { seal, report } = recovered();
    expect(report(seal('v2', 0, 0, 'aa'), seal('v2', 1, 0, 'bb'))).toBeUndefined();
    const { seal: sealAnew, report: reportAnew } = recovered();
    expect(reportAnew(sealAnew('v2', 1, 1, 'aa'), sealAnew('v2', 1, 1, 'bb'))).toBeUndefined();
  });
});
