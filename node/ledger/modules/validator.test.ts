/** Rule W1 on the ledger: recorded once, verified by execution, refused by name. */
import { describe, expect, test } from 'vitest';
import { evidenceOf } from '../../../shared/codec/conflict.ts';
import { evidenceToCbor } from '../../../shared/codec/evidence.ts';
import { concatBytes, equalBytes, fromHex } from '../../../shared/codec/hex.ts';
import { sha256 } from '../../../shared/crypto/sha256.ts';
import { signingBytesOf } from '../../../shared/protocol/verify-evidence.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type PublicKey,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import type { SealMessage, SignedVote, SlotMessage } from '../../../shared/types/messages.ts';
import { executeBlock } from '../execute.ts';
import { foldBlock } from '../fold.ts';
import { createChain, keyOf, type MemoryChain, startTime, transactionOf } from '../test-support.ts';
import type { ExecutedBlock } from '../types.ts';
import { precheck } from '../validate.ts';
import {
  evidenceAction,
  evidenceAgainst,
  evidenceCount,
  isEvidenceRecorded,
  readEvidence,
} from './validator.ts';

const signatureOf = (key: PublicKey, message: Uint8Array): Signature => {
  const half = sha256(concatBytes(fromHex(key), message));
  return concatBytes(half, half) as Signature;
};
const verifySignature = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const half = sha256(concatBytes(key, message));
  return equalBytes(concatBytes(half, half), signature);
};
const none = new Uint8Array(64) as Signature;
const signed = <Message extends SlotMessage>(
  network: NetworkId,
  message: Message,
  key?: PublicKey,
): Message => ({
  ...message,
  signature: signatureOf(key ?? keyOf(`${message.sender} consensus`), signingBytesOf(network, message)),
});

const commit = (content: string, change: Partial<SignedVote> = {}): SignedVote => ({
  kind: 'commit',
  epoch: epochOf(0),
  view: viewOf(0),
  sequence: heightOf(5),
  content: content.repeat(32) as Digest,
  sender: 'v3' as ValidatorId,
  signature: none,
  ...change,
});
const seal = (block: string): SealMessage => ({
  kind: 'seal',
  epoch: epochOf(0),
  height: heightOf(5),
  block: block.repeat(32) as BlockHash,
  sender: 'v3' as ValidatorId,
  signature: none,
});

const argsOf = (chain: MemoryChain, one: SlotMessage, other: SlotMessage, key?: PublicKey): CborValue => {
  const { network } = chain.genesis;
  return evidenceToCbor(evidenceOf(signed(network, one, key), signed(network, other, key))!);
};
const report = (chain: MemoryChain, args: CborValue, sender = 'v1 consensus') =>
  transactionOf(chain.genesis, evidenceAction, args, { sender });

const run = (chain: MemoryChain, args: CborValue, sender?: string): ExecutedBlock => {
  const input = chain.input([report(chain, args, sender)], startTime);
  const block = executeBlock({ ...input, verifySignature });
  chain.apply(block);
  return block;
};
const refusal = (block: ExecutedBlock): unknown => {
  const outcome = block.ran[0]!.outcome;
  return outcome.status === 'failed' ? outcome.rejection : outcome.status;
};

describe('validator.evidence', () => {
  test('is recorded with both messages, the key, the reporter and its place', () => {
    const chain = createChain();
    const block = run(chain, argsOf(chain, commit('aa'), commit('bb')));
    expect(refusal(block)).toBe('succeeded');
    expect(block.ran[0]!.sender).toBeUndefined();
    expect(evidenceCount(chain.view)).toBe(1);
    expect(readEvidence(chain.view, 0)).toMatchObject({
      number: 0,
      key: keyOf('v3 consensus'),
      reporter: 'v1',
      transaction: block.ran[0]!.transaction.id,
      height: 1,
      time: startTime,
      evidence: { validator: 'v3', epoch: 0, kind: 'commit', first: { content: 'aa'.repeat(32) } },
    });
    expect(readEvidence(chain.view, 1)).toBeUndefined();
  });

  test('is recorded once for each validator, epoch and kind, whoever reports it', () => {
    const chain = createChain();
    const args = argsOf(chain, commit('aa'), commit('bb'));
    run(chain, args);
    expect(refusal(run(chain, args, 'v2 consensus'))).toEqual({
      code: 'evidence-recorded',
      facts: { validator: 'v3', epoch: 0, kind: 'commit', number: 0 },
    });
    const later = argsOf(chain, commit('cc', { view: viewOf(4) }), commit('dd', { view: viewOf(4) }));
    expect(refusal(run(chain, later))).toMatchObject({ code: 'evidence-recorded' });
    expect(refusal(run(chain, argsOf(chain, seal('aa'), seal('bb'))))).toBe('succeeded');
    const kinds = ['prepare', 'commit', 'seal'] as const;
    expect(evidenceAgainst(chain.view, 'v3' as ValidatorId, epochOf(0), kinds)).toEqual([
      { kind: 'commit', number: 0 },
      { kind: 'seal', number: 1 },
    ]);
    expect(evidenceCount(chain.view)).toBe(2);
    expect(isEvidenceRecorded(chain.view, readEvidence(chain.view, 1)!.evidence)).toBe(true);
  });

  test('twice in one block: the second is refused', () => {
    const chain = createChain();
    const args = argsOf(chain, commit('aa'), commit('bb'));
    const transactions = [report(chain, args), report(chain, args, 'v2 consensus')];
    const block = executeBlock({ ...chain.input(transactions, startTime), verifySignature });
    expect(block.ran.map(({ outcome }) => outcome.status)).toEqual(['succeeded', 'failed']);
  });

  test.each([
    ['an identity', 'north.admin'],
    ['a node key', 'v1 node'],
    ['a stranger', 'nobody'],
  ])('%s cannot report', (_name, sender) => {
    const chain = createChain();
    const block = run(chain, argsOf(chain, commit('aa'), commit('bb')), sender);
    expect(refusal(block)).toEqual({
      code: 'not-a-validator',
      facts: { sender: keyOf(sender), action: evidenceAction },
    });
  });

  test('a consensus key takes no other action', () => {
    const chain = createChain();
    const transaction = transactionOf(chain.genesis, 'streams.append', null, { sender: 'v1 consensus' });
    expect(refusal(executeBlock(chain.input([transaction], startTime)))).toMatchObject({
      code: 'unknown-sender',
    });
  });

  test('a signature of another key, in either place', () => {
    const chain = createChain();
    const { network } = chain.genesis;
    const [first, second] = [commit('aa'), commit('bb')];
    const forgedFirst = evidenceOf(signed(network, first, keyOf('v2 consensus')), signed(network, second))!;
    const forgedSecond = evidenceOf(signed(network, first), signed(network, second, keyOf('v2 consensus')))!;
    for (const [forged, message] of [
      [forgedFirst, 'first'],
      [forgedSecond, 'second'],
    ] as const)
      expect(refusal(run(chain, evidenceToCbor(forged)))).toEqual({
        code: 'evidence-forged',
        facts: { validator: 'v3', message, key: keyOf('v3 consensus') },
      });
    const elsewhere = 'ab'.repeat(32) as NetworkId;
    const ofOtherNetwork = evidenceOf(signed(elsewhere, first), signed(elsewhere, second))!;
    expect(refusal(run(chain, evidenceToCbor(ofOtherNetwork)))).toMatchObject({ code: 'evidence-forged' });
    expect(evidenceCount(chain.view)).toBe(0);
  });

  test('another epoch, and an accused who is no validator', () => {
    const chain = createChain();
    const epoch = { epoch: epochOf(1) };
    expect(refusal(run(chain, argsOf(chain, commit('aa', epoch), commit('bb', epoch))))).toEqual({
      code: 'evidence-epoch',
      facts: { epoch: 1, current: 0 },
    });
    const stranger = { sender: 'v9' as ValidatorId };
    expect(refusal(run(chain, argsOf(chain, commit('aa', stranger), commit('bb', stranger))))).toEqual({
      code: 'evidence-of-stranger',
      facts: { validator: 'v9', epoch: 0 },
    });
  });

  test.each([
    ['nothing', null, 'args'],
    ['the same message twice', { first: 'same', second: 'same' }, 'args.second'],
    ['one message', { first: 'same' }, 'args'],
    ['a field more', { first: 'same', second: 'other', third: 1 }, 'args'],
  ])('%s is malformed', (_name, shape, path) => {
    const chain = createChain();
    const whole = argsOf(chain, commit('aa'), commit('bb')) as {
      readonly first: CborValue;
      readonly second: CborValue;
    };
    const named = { same: whole.first, other: whole.second } as { readonly [name: string]: CborValue };
    const args =
      shape === null
        ? null
        : Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, named[value] ?? value]));
    expect(refusal(run(chain, args))).toMatchObject({ code: 'malformed-args', facts: { path } });
  });

  test('without a native verifier the portable one decides', () => {
    const chain = createChain();
    const transaction = report(chain, argsOf(chain, commit('aa'), commit('bb')));
    // The key of this test is no Ed25519 key, so nothing verifies under the one rule.
    expect(refusal(executeBlock(chain.input([transaction], startTime)))).toMatchObject({
      code: 'evidence-forged',
    });
  });

  test('state is nothing but the event, folded', () => {
    const chain = createChain();
    const before = new Map(chain.state);
    const block = run(chain, argsOf(chain, commit('aa'), commit('bb')));
    const folded = foldBlock({
      state: { get: (key) => before.get(key) },
      tree: { getNode: (path) => chain.genesis.nodes.get(path) },
      height: block.height,
      time: startTime,
      ran: block.ran,
    });
    expect(folded.stateRoot).toBe(block.header.state);
  });

  test('the gateway refuses beforehand what is recorded and who is no validator, and verifies nothing inside', () => {
    const chain = createChain();
    const { network } = chain.genesis;
    const forged = evidenceToCbor(evidenceOf(commit('aa'), commit('bb'))!);
    expect(precheck(chain.view, report(chain, forged), startTime)).toBeUndefined();
    expect(precheck(chain.view, report(chain, forged, 'north.admin'), startTime)).toMatchObject({
      code: 'not-a-validator',
    });
    run(chain, evidenceToCbor(evidenceOf(signed(network, commit('aa')), signed(network, commit('bb')))!));
    expect(precheck(chain.view, report(chain, forged), startTime)).toMatchObject({
      code: 'evidence-recorded',
    });
  });
});
