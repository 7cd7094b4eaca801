/** Persists votes, accepted transactions and blocks until it is killed, and says what was confirmed to it. */
import { hash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { installSha256 } from '../../shared/crypto/sha256.ts';
import { type BatchDigest, heightOf } from '../../shared/types/brands.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { batchOf, certify, exampleGenesis, executeOn, openExample, replayOn } from './test-support.ts';

installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
const [directory = '', run = ''] = process.argv.slice(2);
const storage = openExample(directory, { checkpointChanges: 20, checkpointMs: 5 });
replayOn(storage);

/** Synchronous, so that a kill cannot swallow a line. */
const say = (text: string): void => {
  writeSync(1, `${text}\n`);
};

say('open');
for (let round = 0; ; round++) {
  const height = storage.blocks.tip().height + 1;
  const transactions = Array.from({ length: 5 }, (_, index) =>
    transactionOf(exampleGenesis, 'streams.append', appendOf(`s${index}`, `${run}-${round}`), {
      nonce: `${run}${round.toString(16)}f${index}`.padStart(32, '0'),
      expiresAt: startTime + 600_000,
    }),
  );
  const time = startTime + height;
  const batch = batchOf(transactions, time);
  const digest: BatchDigest = batchDigest(batch);
  const envelopes = transactions.map(({ envelope }) => envelope);
  storage.accepted.add(transactions, () => say(`accepted ${transactions.map(({ id }) => id).join(',')}`));
  await new Promise<void>((resolve) =>
    storage.votes.persist(
      [
        { kind: 'batch', digest, batch, envelopes },
        { kind: 'ordered', height: heightOf(height), batch: digest },
      ],
      () => {
        say(`vote ${height} ${digest}`);
        resolve();
      },
    ),
  );
  const block = executeOn(storage, transactions, time);
  await certify(storage, block, transactions, time);
  say(`block ${height} ${block.hash} ${storage.state.stateRoot()}`);
}
