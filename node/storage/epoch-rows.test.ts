/** Sets of validators beside the blocks that hand over to them (rules C1, E2). */
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeHeader, headerHash, validatorSetDigest } from '../../shared/codec/ledger.ts';
import { epochOf, heightOf } from '../../shared/types/brands.ts';
import type { Membership } from '../../shared/types/epochs.ts';
import { startTime } from '../ledger/test-support.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { ledgerFileName } from './ledger-file.ts';
import { openLedgerReader } from './ledger-reader.ts';
import {
  certify,
  exampleGenesis,
  executeOn,
  openExample,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const nextSet = exampleGenesis.validators.slice(1);

/** The block as it would be if an activation became active behind it. */
function handingOver(block: ExecutedBlock): ExecutedBlock {
  const header = { ...block.header, nextEpoch: epochOf(1), nextValidators: validatorSetDigest(nextSet) };
  const headerBytes = encodeHeader(header);
  const next = { epoch: epochOf(1), firstHeight: heightOf(2), validators: nextSet } as unknown as Membership;
  return {
    ...block,
    header,
    headerBytes,
    hash: headerHash(headerBytes),
    boundary: { kind: 'handover', next },
  };
}

function change(sql: string): void {
  const database = new SqliteDatabase(join(directory.path, ledgerFileName));
  database.exec(sql);
  database.close();
}

async function ledgerOfTwoEpochs() {
  const storage = openExample(directory.path);
  const first = handingOver(executeOn(storage, [], startTime));
  await certify(storage, first, [], startTime);
  await certify(storage, executeOn(storage, [], startTime + 1, first), [], startTime + 1);
  return storage;
}

describe('a block that hands over', () => {
  it('is served with the set that follows, before and after a restart, and no other block is', async () => {
    for (let storage = await ledgerOfTwoEpochs(), round = 0; round < 2; round += 1) {
      const { blocks, repair } = storage;
      expect(blocks.read(heightOf(1))?.nextValidators).toEqual(nextSet);
      expect(blocks.header?.(heightOf(1))?.nextValidators).toEqual(nextSet);
      expect(repair.decided(heightOf(1))?.nextValidators).toEqual(nextSet);
      expect(blocks.read(heightOf(2))).not.toHaveProperty('nextValidators');
      expect(repair.handOvers()).toMatchObject([{ header: { height: 1 }, nextValidators: nextSet }]);
      storage.close();
      const reader = openLedgerReader(directory.path);
      expect([0, 1, 2].map((epoch) => reader.setOf(epochOf(epoch)))).toEqual([undefined, nextSet, undefined]);
      reader.close();
      if (round === 0) storage = openExample(directory.path);
    }
  });

  it('is found as the end of its epoch, for a peer that is still in it (V6)', async () => {
    const storage = await ledgerOfTwoEpochs();
    const { blocks } = storage;
    expect(blocks.epochEnd(epochOf(0))?.certificate.height).toBe(1);
    expect(blocks.epochEnd(epochOf(0))?.nextValidators).toEqual(nextSet);
    expect([1, 2, 7].map((epoch) => blocks.epochEnd(epochOf(epoch)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    storage.close();
  });

  it('is named damaged if its set is not the one that its header names, or is gone', async () => {
    (await ledgerOfTwoEpochs()).close();
    const read = (sql: string): unknown => {
      change(sql);
      const storage = openExample(directory.path);
      try {
        return storage.blocks.read(heightOf(1));
      } finally {
        storage.close();
      }
    };
    expect(() => read('UPDATE epochs SET first_height = 3')).toThrow(
      expect.objectContaining({ code: 'data-damaged', facts: expect.objectContaining({ table: 'epochs' }) }),
    );
    expect(() => read('DELETE FROM epochs')).toThrow(expect.objectContaining({ code: 'data-damaged' }));
  });

  it.each([
    ['differs from its check', 'UPDATE epochs SET first_height = 3'],
    ['is gone', 'DELETE FROM epochs'],
  ])('is found as the end of its epoch by the headers if its set %s, which is told', async (_, sql) => {
    const built = openExample(directory.path);
    await certify(built, handingOver(executeOn(built, [], startTime)), [], startTime);
    const block = built.repair.decided(heightOf(1))!;
    built.close();
    change(sql);
    const storage = openExample(directory.path);
    expect(storage.blocks.epochEnd(epochOf(0))).toEqual({
      header: block.header,
      certificate: block.certificate,
    });
    expect(storage.blocks.epochEnd(epochOf(1))).toBeUndefined();
    expect(storage.repair.damaged()).toEqual([1]);
    const { ran: _ran, ...stored } = block;
    const proven = { height: heightOf(1), hash: block.certificate.block, stored, ran: [], failed: 0 };
    expect(storage.repair.replace(proven)).toBeUndefined();
    expect(storage.blocks.epochEnd(epochOf(0))?.nextValidators).toEqual(nextSet);
    expect(storage.repair.handOvers()).toHaveLength(1);
    storage.close();
  });

  it('is not written with another set than its header names', async () => {
    const storage = openExample(directory.path);
    const block = handingOver(executeOn(storage, [], startTime));
    const boundary = {
      kind: 'handover',
      next: { validators: exampleGenesis.validators } as unknown as Membership,
    };
    const wrong = { ...block, boundary } as ExecutedBlock;
    storage.blocks.append(
      wrong,
      { epoch: epochOf(0), height: heightOf(1), block: block.hash, seals: [] },
      {
        time: startTime,
        proposer: 'v1' as never,
        ids: [],
      },
      [],
      () => undefined,
    );
    expect(() => storage.close()).toThrow('another set');
  });
});
