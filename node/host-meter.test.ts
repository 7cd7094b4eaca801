import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHostMeter } from './host-meter.ts';
import { diagnose } from './runtime/diagnosis/diagnose.ts';
import { factsOf } from './runtime/diagnosis/test-support.ts';
import { openDatabase } from './storage/database.ts';
import { makeGroupCommit } from './storage/group-commit.ts';

const withDirectory = async (run: (directory: string) => Promise<void> | void): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'meter-'));
  try {
    await run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

test('a disk whose commits take long is named by the diagnosis', () =>
  withDirectory(async (directory) => {
    let nowMs = 0;
    const meter = createHostMeter({ directory, monotonicMs: () => nowMs });
    const database = openDatabase(join(directory, 'slow.db'), {
      migrations: ['CREATE TABLE bytes (bytes BLOB)'],
      synchronous: 'FULL',
      pageBytes: 4_096,
      cacheKibibytes: 1_024,
    });
    const group = makeGroupCommit({
      database,
      file: 'slow.db',
      walBytesMax: 2 ** 20,
      fatal: (code) => expect.unreachable(code),
      committed: (durationMs) => meter.committed('votes', durationMs),
      // Each look at this clock is a quarter of a second later: the disk of this test takes that long.
      nowMs: () => (nowMs += 250),
    });
    const insert = database.prepare('INSERT INTO bytes VALUES (zeroblob(10))');
    for (let count = 0; count < 10; count++) {
      group.add(() => insert.run().changes);
      group.flush();
    }
    const host = meter.facts();
    expect(host.commit).toEqual({ commits: 10, medianMs: 250, p99Ms: 250 });
    expect(diagnose(factsOf({ host })).causes).toMatchObject([
      { code: 'disk-slow', severity: 'impair', act: ['beta'] },
    ]);
    expect(meter.commits().votes).toMatchObject({ count: 10, sum: 2.5 });
    nowMs += 600_001;
    expect(meter.facts().commit).toBeUndefined();
    database.close();
    meter.stop();
  }));

test('free space is that of the file system; a directory that is not there has none', () =>
  withDirectory((directory) => {
    const meter = createHostMeter({ directory, monotonicMs: () => 0 });
    expect(meter.facts().disk?.freeBytes).toBeGreaterThan(0);
    meter.stop();
    const lost = createHostMeter({ directory: join(directory, 'gone'), monotonicMs: () => 0 });
    expect(lost.facts().disk).toBeUndefined();
    lost.stop();
  }));

test('the end of a gateway certificate is read from it', () =>
  withDirectory((directory) => {
    const certificate = join(directory, 'cert.pem');
    const key = join(directory, 'key.pem');
    const request = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '20', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const pem = readFileSync(certificate, 'utf8');
    const meter = createHostMeter({ directory, gatewayCertificate: pem, monotonicMs: () => 0 });
    const { certificates } = meter.facts();
    const verdict = diagnose(factsOf({ nowMs: Date.now(), host: { certificates: certificates ?? [] } }));
    expect(verdict.causes).toMatchObject([{ code: 'certificate-expiring', facts: { daysLeft: 19 } }]);
    meter.stop();
  }));
