import { describe, expect, test } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { batchDigest, nullBatch } from '../../shared/codec/ledger.ts';
import { inclusionProof, merkleRoot, verifyInclusion } from '../../shared/crypto/merkle.ts';
import {
  keyDigest,
  proveKey,
  valueDigest,
  verifySparseProof,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import type { NetworkId, TransactionId } from '../../shared/types/brands.ts';
import { executeBlock } from './execute.ts';
import { readStream } from './modules/streams.ts';
import { newestProtocol } from './protocols.ts';
import { stateKeys } from './state-keys.ts';
import { appendOf, createChain, exampleDocument, keyOf, startTime, transactionOf } from './test-support.ts';

const { lifetimeMs, driftMs } = exampleDocument.parameters;

test('a block whose rules are not known here is not executed by any other', () => {
  const chain = createChain();
  const input = chain.input([], startTime + 5);
  chain.state.set(stateKeys.protocol, encode(newestProtocol));
  expect(() => executeBlock(input)).not.toThrow();
  chain.state.set(stateKeys.protocol, encode(newestProtocol + 1));
  expect(() => executeBlock(input)).toThrow(`the rules of protocol ${newestProtocol + 1} are known here`);
});

describe('block time and header', () => {
  test('X1: block time is the later of batch time and parent time', () => {
    const chain = createChain();
    expect(chain.run([], startTime + 5).header.time).toBe(startTime + 5);
    expect(chain.run([], startTime + 3).header.time).toBe(startTime + 5);
  });

  test('X1: a null batch yields an empty block at the parent time', () => {
    const chain = createChain();
    const input = { ...chain.input([], 0), batch: nullBatch, batchDigest: batchDigest(nullBatch) };
    const block = executeBlock(input);
    expect(block.ran).toEqual([]);
    expect(block.changes.size).toBe(0);
    expect(block.header).toMatchObject({
      time: startTime,
      proposer: '',
      state: chain.genesis.header.state,
      transactions: merkleRoot([]),
      outcomes: merkleRoot([]),
    });
  });

  test('header names network, parent, batch, proposer, epoch and validators', () => {
    const chain = createChain();
    const transaction = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'e'));
    const input = chain.input([transaction], startTime);
    const { header, hash } = executeBlock(input);
    expect(header).toMatchObject({
      network: chain.genesis.network,
      parent: chain.genesis.hash,
      height: 1,
      epoch: 0,
      nextEpoch: 0,
      proposer: 'v1',
      batch: input.batchDigest,
      validators: chain.genesis.header.validators,
      nextValidators: chain.genesis.header.validators,
      history: merkleRoot([fromHex(chain.genesis.hash)]),
    });
    expect(hash).not.toBe(chain.genesis.hash);
  });

  test('transaction and outcome are provable under the roots', () => {
    const chain = createChain();
    const batch = ['a', 'b', 'c'].map((id) =>
      transactionOf(chain.genesis, 'streams.append', appendOf('s', id)),
    );
    const { ran, header } = chain.run(batch);
    const ids = ran.map(({ transaction }) => fromHex(transaction.id));
    const outcomes = ran.map(({ outcomeBytes }) => outcomeBytes);
    expect(verifyInclusion(ids[1]!, inclusionProof(ids, 1), header.transactions)).toBe(true);
    expect(verifyInclusion(outcomes[2]!, inclusionProof(outcomes, 2), header.outcomes)).toBe(true);
  });

  test('a stream of the new state is provable under the state root', () => {
    const chain = createChain();
    const { header } = chain.run([transactionOf(chain.genesis, 'streams.append', appendOf('s', 'e'))]);
    const key = keyDigest(stateKeys.stream('s'));
    const value = valueDigest(chain.state.get(stateKeys.stream('s'))!);
    const proof = proveKey((path) => chain.nodes.get(path), key);
    expect(verifySparseProof(header.state, key, value, proof)).toBe(true);
  });

  test('transactions that do not match the batch are a violated invariant', () => {
    const chain = createChain();
    const input = chain.input(
      [transactionOf(chain.genesis, 'streams.append', appendOf('s', 'e'))],
      startTime,
    );
    expect(() => executeBlock({ ...input, transactions: [] })).toThrow('invariant');
  });
});

describe('X2: what runs', () => {
  const at = (expiresAt: number) => {
    const chain = createChain();
    const transaction = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'e'), { expiresAt });
    return chain.run([transaction]);
  };

  test.each([
    ['expires at the block time', startTime, false],
    ['expires one millisecond later', startTime + 1, true],
    ['expires at the end of lifetime and drift', startTime + lifetimeMs + driftMs, true],
    ['expires one millisecond beyond', startTime + lifetimeMs + driftMs + 1, false],
  ])('%s', (_name, expiresAt, runs) => {
    expect(at(expiresAt).ran).toHaveLength(runs ? 1 : 0);
    expect(at(expiresAt).skipped).toHaveLength(runs ? 0 : 1);
  });

  test('a skipped transaction leaves no leaf in any tree', () => {
    const block = at(startTime);
    expect(block.header.transactions).toBe(merkleRoot([]));
    expect(block.header.outcomes).toBe(merkleRoot([]));
    expect(block.header.state).toBe(createChain().genesis.header.state);
    expect(block.changes.size).toBe(0);
  });

  test('of two with one (sender, nonce) in a batch the first runs', () => {
    const chain = createChain();
    const first = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'a'), {
      nonce: 'aa'.repeat(16),
    });
    const second = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'b'), {
      nonce: 'aa'.repeat(16),
    });
    const block = chain.run([first, second]);
    expect(block.ran.map(({ transaction }) => transaction.id)).toEqual([first.id]);
    expect(block.skipped).toEqual([second.id]);
  });

  test('one body with two signatures runs once, in one block or in two', () => {
    const chain = createChain();
    const make = (signature: number) =>
      transactionOf(chain.genesis, 'streams.append', appendOf('s', 'a'), {
        nonce: 'ab'.repeat(16),
        signature,
      });
    expect(make(1).id).not.toBe(make(2).id);
    expect(chain.run([make(1), make(2)]).skipped).toEqual([make(2).id]);
    expect(chain.run([make(3)]).skipped).toEqual([make(3).id]);
  });

  test('the same transaction in the next block is skipped, also with another expiry minute', () => {
    const chain = createChain();
    const nonce = 'ac'.repeat(16);
    const first = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'a'), { nonce });
    const later = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'b'), {
      nonce,
      expiresAt: startTime + 5 * 60_000,
    });
    chain.run([first]);
    expect(chain.run([first, later]).ran).toEqual([]);
  });

  test('senders do not share nonces', () => {
    const chain = createChain();
    const nonce = 'ad'.repeat(16);
    const batch = ['north.submitter', 'south.submitter'].map((sender) =>
      transactionOf(chain.genesis, 'streams.append', appendOf('s', sender), { nonce, sender }),
    );
    expect(chain.run(batch).ran).toHaveLength(2);
  });

  test('a failed transaction uses its pair up', () => {
    const chain = createChain();
    const nonce = 'ae'.repeat(16);
    chain.run([transactionOf(chain.genesis, 'nothing.known', null, { nonce })]);
    const again = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'a'), { nonce });
    expect(chain.run([again]).skipped).toEqual([again.id]);
  });
});

describe('X3: what is refused is recorded', () => {
  test.each([
    ['unknown-sender', 'streams.append', appendOf('s', 'e'), 'nobody', { sender: keyOf('nobody') }],
    ['unknown-action', 'streams.burn', null, 'north.submitter', { action: 'streams.burn' }],
    [
      'malformed-args',
      'streams.append',
      { stream: 's' },
      'north.submitter',
      { path: 'args.expectedRevision', expected: 'this field' },
    ],
    [
      'role-missing',
      'streams.append',
      appendOf('s', 'e'),
      'north.auditor',
      { identity: 'north.auditor', needed: ['submitter', 'operator', 'admin'] },
    ],
    [
      'wrong-expected-revision',
      'streams.append',
      appendOf('s', 'e', 4),
      'north.submitter',
      { stream: 's', expected: 4, actual: -1 },
    ],
  ])('%s', (code, action, args, sender, facts) => {
    const chain = createChain();
    const { ran, header } = chain.run([transactionOf(chain.genesis, action, args, { sender })]);
    expect(ran[0]?.outcome).toMatchObject({ status: 'failed', rejection: { code, facts } });
    expect(ran[0]?.events).toEqual([]);
    expect(header.outcomes).toBe(merkleRoot([ran[0]!.outcomeBytes]));
  });

  test('the sender is named by its identity, and not named if its key is unknown', () => {
    const chain = createChain();
    const { ran } = chain.run([
      transactionOf(chain.genesis, 'streams.append', appendOf('s', 'e')),
      transactionOf(chain.genesis, 'streams.append', appendOf('s', 'f'), { sender: 'nobody' }),
    ]);
    expect(ran.map(({ sender }) => sender)).toEqual(['north.submitter', undefined]);
  });
});

describe('reads and determinism', () => {
  test('a transaction sees what those before it in the block wrote', () => {
    const chain = createChain();
    const batch = [-1, 0, 1].map((revision) =>
      transactionOf(chain.genesis, 'streams.append', appendOf('s', `e${revision}`, revision)),
    );
    const { ran } = chain.run(batch);
    expect(ran.map(({ outcome }) => outcome.status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(readStream(chain.view, 's')?.revision).toBe(2);
  });

  test('the same input gives the same block, whatever was executed in between', () => {
    const chain = createChain();
    const batch = ['a', 'b'].map((id) => transactionOf(chain.genesis, 'streams.append', appendOf('s', id)));
    const input = chain.input(batch, startTime + 9);
    const first = executeBlock(input);
    executeBlock(chain.input([batch[1]!], startTime + 20));
    expect(executeBlock(input)).toEqual(first);
  });

  test('the hash depends on order, time, network and proposer', () => {
    const chain = createChain();
    const [a, b] = ['a', 'b'].map((id) => transactionOf(chain.genesis, 'streams.append', appendOf('s', id)));
    const input = chain.input([a!, b!], startTime);
    const hashes = [
      input,
      chain.input([b!, a!], startTime),
      chain.input([a!, b!], startTime + 1),
      { ...input, network: keyOf('other') as unknown as NetworkId },
      { ...input, batch: { ...input.batch, proposer: 'v2' as typeof input.batch.proposer } },
    ].map((each) => executeBlock(each).hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('ids of skipped transactions are returned', () => {
    const chain = createChain();
    const old = transactionOf(chain.genesis, 'streams.append', appendOf('s', 'a'), { expiresAt: 1 });
    const skipped: readonly TransactionId[] = chain.run([old]).skipped;
    expect(skipped).toEqual([old.id]);
  });
});
