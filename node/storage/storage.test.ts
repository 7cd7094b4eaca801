import { afterEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { verifyInclusion } from '../../shared/crypto/merkle.ts';
import { keyDigest, valueDigest, verifySparseProof } from '../../shared/crypto/sparse-merkle-tree.ts';
import { heightOf } from '../../shared/types/brands.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import {
  certify,
  exampleGenesis,
  executeOn,
  openExample,
  runBlock,
  temporaryDirectory,
} from './test-support.ts';

const directories: (() => void)[] = [];
afterEach(() => {
  for (const remove of directories.splice(0)) remove();
});
function directory(): string {
  const { path, remove } = temporaryDirectory();
  directories.push(remove);
  return path;
}

const append = (stream: string, eventId: string) =>
  transactionOf(exampleGenesis, 'streams.append', appendOf(stream, eventId));

describe('a data directory', () => {
  it('starts with genesis and answers the same after blocks and a restart', async () => {
    const path = directory();
    const first = openExample(path);
    expect(first.blocks.tip()).toMatchObject({ height: 0, hash: exampleGenesis.hash });
    const transactions = [append('orders', 'a'), append('orders', 'b'), append('invoices', 'a')];
    const block = await runBlock(first, transactions, startTime + 1);
    const root = first.state.stateRoot();
    expect(first.queries.transaction(transactions[1]!.id)).toMatchObject({ height: 1, index: 1 });
    first.close();

    const second = openExample(path);
    expect(second.blocks.tip()).toMatchObject({ height: 1, hash: block.hash });
    expect(second.state.height()).toBe(1);
    expect(second.state.stateRoot()).toBe(root);
    expect(second.queries.indexedHeight()).toBe(1);
    expect(second.blocks.read(heightOf(1))?.envelopes).toHaveLength(3);
    expect(second.queries.streamEvents('orders', { from: 0, limit: 10 })).toMatchObject([
      { eventId: 'a', revision: 0, position: 0, height: 1 },
      { eventId: 'b', revision: 1, position: 1, height: 1 },
    ]);
    expect(second.queries.streamLength('orders')).toBe(2);
    expect(second.queries.streams('', { limit: 1 })).toMatchObject({ rows: [{ stream: 'invoices' }] });
    const { transaction } = second.queries.inclusion(heightOf(1), 1);
    expect(verifyInclusion(fromHex(transactions[1]!.id), transaction, block.header.transactions)).toBe(true);
    second.close();
  });

  it('proves the state of the highest certified height while execution is ahead', async () => {
    const storage = openExample(directory());
    const certified = await runBlock(storage, [append('orders', 'a')], startTime + 1);
    const key = stateKeys.stream('orders');
    const before = storage.state.get(key);
    const later = [append('orders', 'b'), append('other', 'c')];
    const ahead = executeOn(storage, later, startTime + 2, certified);
    expect(storage.state.get(key)).not.toEqual(before);

    const { height, value, proof } = storage.queries.stateProof(key);
    expect(height).toBe(1);
    expect(value).toEqual(before);
    expect(verifySparseProof(certified.header.state, keyDigest(key), valueDigest(value!), proof)).toBe(true);
    await certify(storage, ahead, later, startTime + 2);
    expect(storage.queries.stateProof(key).height).toBe(2);
    storage.close();
  });

  it('keeps exactly those promises that were not settled, in whatever order they were', async () => {
    const path = directory();
    const first = openExample(path);
    const promised = Array.from({ length: 9 }, (_, number) => append('orders', `e${number}`));
    await new Promise<void>((done) => first.accepted.add(promised, done));
    const settled = [5, 1, 2, 8, 3].map((place) => promised[place]!.id);
    first.accepted.remove(settled);
    first.close();

    const second = openExample(path);
    const left = second.accepted.load().map((envelope) => decodeEnvelope(envelope).id);
    second.close();
    expect(left).toEqual(promised.map(({ id }) => id).filter((id) => !settled.includes(id)));
  });
});
