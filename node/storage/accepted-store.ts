/** Transactions that this node promised to try until they expire; a promise is on disk before it is given. */
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { transactionId } from '../../shared/codec/ledger.ts';
import type { TransactionId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { AcceptedStorePort, LogPort } from '../runtime/ports.ts';
import type { Database } from './database.ts';
import { naming } from './errors.ts';
import type { GroupCommit } from './group-commit.ts';
import { isBytes, plainBytes } from './row-check.ts';

export interface AcceptedStoreOptions {
  readonly database: Database;
  readonly file: string;
  readonly group: GroupCommit;
  readonly log: LogPort;
}

interface AcceptedRow {
  readonly number: number;
  readonly id: Buffer;
  readonly envelope: Buffer;
}

export function openAcceptedStore({ database, file, group, log }: AcceptedStoreOptions): AcceptedStorePort {
  const insert = database.prepare('INSERT INTO accepted VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM accepted WHERE number BETWEEN ? AND ?');
  const rows = naming(file, () =>
    database.prepare<[], AcceptedRow>('SELECT number, id, envelope FROM accepted ORDER BY number').all(),
  );
  const intact = rows.filter(isIntact);
  const numbers = new Map(intact.map(({ id, number }) => [toHex(id) as TransactionId, number]));
  let next = (rows.at(-1)?.number ?? 0) + 1;
  for (const row of rows) if (!isIntact(row)) discard(row);

  /** The rest of the promises must not suffer: a client that misses this one sends the same bytes again. */
  function discard({ number }: AcceptedRow): void {
    log.write('error', 'data-damaged', { file, table: 'accepted', key: number });
    group.later(() => {
      remove.run(number, number);
      return 0;
    });
  }

  return {
    load: () =>
      intact
        .filter(({ id }) => numbers.has(toHex(id) as TransactionId))
        .map((row) => plainBytes(row.envelope)),
    add(transactions, done) {
      const added: (readonly [number, Transaction])[] = [];
      for (const transaction of transactions) {
        if (numbers.has(transaction.id)) continue;
        numbers.set(transaction.id, next);
        added.push([next++, transaction]);
      }
      group.add(() => {
        for (const [number, { id, envelope }] of added) insert.run(number, fromHex(id), envelope);
        return added.reduce((bytes, [, { envelope }]) => bytes + envelope.length, 0);
      }, done);
    },
    remove(ids) {
      const gone = ids.flatMap((id) => numbers.get(id) ?? []);
      for (const id of ids) numbers.delete(id);
      if (gone.length === 0) return;
      group.later(() => {
        for (const [first, last] of runsOf(gone)) remove.run(first, last);
        return gone.length * 64;
      });
    },
  };
}

/** What was accepted together is mostly settled together: one deletion for each run of numbers without a gap. */
function runsOf(numbers: number[]): readonly (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] + 1 === number) run[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

const isIntact = ({ id, envelope }: AcceptedRow): boolean =>
  isBytes(id) && isBytes(envelope) && transactionId(envelope) === toHex(id);
