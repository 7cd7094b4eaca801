/**
 * The process of a validator on a bad disk: the product's own node, whose databases commit slowly or have no room
 * to grow. `bad-disk-child.js NODE_YAML`, the disk in the environment. For trials where no device can be throttled
 * and no small file system mounted.
 */
import Database from 'better-sqlite3';
import { runNodeProcess } from '../../node/main.ts';
import { type BadDisk, badDiskVariable } from './bad-disk.ts';

/** As a slow fsync does: nothing else runs in this process meanwhile. */
function block(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

/** Every commit that the product waits for is one statement, prepared once. */
function worsen({ commitMs, pagesLeft }: BadDisk): void {
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function prepareWorse(this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql);
    if (sql !== 'COMMIT') return statement;
    if (pagesLeft !== undefined) {
      const pages = Number(this.pragma('page_count', { simple: true }));
      this.pragma(`max_page_count = ${pages + pagesLeft}`);
    }
    const run = statement.run.bind(statement) as () => Database.RunResult;
    statement.run = () => {
      block(commitMs ?? 0);
      return run();
    };
    return statement;
  } as typeof prepare;
}

const [nodeFile] = process.argv.slice(2);
const told = process.env[badDiskVariable];
if (nodeFile === undefined || told === undefined) {
  process.stderr.write(`usage: ${badDiskVariable}=JSON bad-disk-child.js NODE_YAML\n`);
  process.exit(64);
}
worsen(JSON.parse(told) as BadDisk);
await runNodeProcess(nodeFile);
