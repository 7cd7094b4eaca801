/** Persists votes in a directory until the disk takes no more; then prints what was confirmed and how it failed. */
import { heightOf } from '../../shared/types/brands.ts';
import { openExample } from './test-support.ts';

const [directory = ''] = process.argv.slice(2);
const batchesMax = 100;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const failures: string[] = [];
let confirmed = 0;
let confirmedAfterFailure = 0;
const storage = openExample(directory, { fatal: (code) => failures.push(code) });
const envelopes = [new Uint8Array(100_000)];
const batch = { time: 0, proposer: '' as const, ids: [] };
for (let count = 0; count < batchesMax; count++) {
  const digest = count.toString(16).padStart(64, '0') as never;
  storage.votes.persist(
    [
      { kind: 'batch', digest, batch, envelopes },
      { kind: 'ordered', height: heightOf(count), batch: digest },
    ],
    () => {
      confirmed += 1;
      if (failures.length > 0) confirmedAfterFailure += 1;
    },
  );
  await turn();
}
console.log(JSON.stringify({ failures, confirmed, confirmedAfterFailure }));
