/** Backup and restore of a node's ledger: consistent while it is written, whole or not there, never with votes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { BackupError } from './backup-errors.ts';
import { manifestFileName, manifestText, readManifest } from './backup-manifest.ts';
import { StorageError } from './errors.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { makeBackup } from './make-backup.ts';
import { restoreBackup } from './restore-backup.ts';
import type { Storage } from './storage.ts';
import {
  exampleGenesis,
  openExample,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

let root: TemporaryDirectory;
let data: string;
let target: string;
let storage: Storage;
let written = 0;

beforeEach(async () => {
  root = temporaryDirectory();
  data = join(root.path, 'node');
  target = join(root.path, 'backup');
  storage = openExample(data);
  await write(3);
});
afterEach(() => {
  storage.close();
  root.remove();
});

async function write(blocks: number): Promise<void> {
  for (let count = 0; count < blocks; count += 1) {
    written += 1;
    const payload = 'x'.repeat(2_000);
    const transactions = [`${written} a`, `${written} b`].map((id) =>
      transactionOf(exampleGenesis, 'streams.append', appendOf('s', id, 'any', payload)),
    );
    await runBlock(storage, transactions, startTime + 1);
  }
}

const silent = { update: () => {} };
const options = { createdAt: 1_700_000_000_000, software: 'test', progress: silent };
const backup = (progress = silent) => makeBackup(data, target, { ...options, progress });
const restore = (into: string, verify = async () => {}) =>
  restoreBackup(target, into, { progress: silent, verify });
const failure = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
    return 'nothing failed';
  } catch (error) {
    return error instanceof BackupError || error instanceof StorageError
      ? { code: error.code, facts: error.facts }
      : error;
  }
};

describe('a backup', () => {
  it('holds the ledger and a manifest with its digest, and no votes', async () => {
    const manifest = await backup();
    expect(readdirSync(target).sort()).toEqual(['ledger.db', manifestFileName]);
    expect(readManifest(target)).toEqual(manifest);
    expect(manifest).toMatchObject({
      network: exampleGenesis.network,
      height: 3,
      block: storage.blocks.tip().hash,
      stateRoot: storage.state.stateRoot(),
      createdAt: options.createdAt,
    });
    expect(manifest.files).toEqual([
      {
        name: 'ledger.db',
        bytes: statSync(join(target, 'ledger.db')).size,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('holds payloads if they are asked for, and a restored node has them', async () => {
    const bytes = new Uint8Array(5_000).fill(7);
    const digest = payloadDigest(bytes);
    await new Promise<void>((resolve) => storage.payloads.put([{ digest, bytes }], 0, resolve));
    const { files } = await makeBackup(data, target, { ...options, payloads: true });
    expect(files.map(({ name }) => name)).toEqual(['ledger.db', 'payloads.db']);
    const into = join(root.path, 'restored');
    await restore(into);
    const restored = openExample(into);
    expect(restored.payloads.get(digest)).toEqual(bytes);
    restored.close();
  });

  it('is one moment of a ledger that is written meanwhile, and ends', async () => {
    await write(150);
    const before = storage.blocks.tip().height;
    let steps = 0;
    let writing = Promise.resolve();
    const manifest = await backup({
      update: () => {
        steps += 1;
        writing = writing.then(() => write(2));
      },
    });
    await writing;
    expect(steps).toBeGreaterThan(0);
    expect(storage.blocks.tip().height).toBeGreaterThan(before);
    expect(manifest.height).toBe(before);
    const reader = openLedgerReader(target);
    expect([...reader.blocks()].map(({ height }) => height)).toHaveLength(before);
    reader.close();
  });

  it('never writes over anything, and names what is not there', async () => {
    await backup();
    expect(await failure(backup())).toMatchObject({ code: 'target-not-empty' });
    expect(await failure(makeBackup(root.path, join(root.path, 'other'), options))).toMatchObject({
      code: 'ledger-missing',
    });
    expect(existsSync(join(root.path, 'other'))).toBe(false);
  });

  it('leaves nothing with its name if it fails half-way, and what was left is cleared by the next', async () => {
    mkdirSync(`${target}.partial`);
    writeFileSync(join(`${target}.partial`, 'ledger.db'), 'cut short');
    await write(150);
    const broken = backup({
      update: () => {
        throw new Error('the power went');
      },
    });
    expect(String(await failure(broken))).toContain('the power went');
    expect(readdirSync(root.path).sort()).toEqual(['node']);
    await backup();
    expect(readdirSync(root.path).sort()).toEqual(['backup', 'node']);
  });

  it('names a full disk, and leaves nothing on it', async (context) => {
    const small = join(root.path, 'small');
    mkdirSync(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      context.skip('a small file system cannot be mounted here');
    }
    try {
      await write(100);
      const full = makeBackup(data, join(small, 'backup'), options);
      expect(await failure(full)).toMatchObject({ code: 'disk-full', facts: { free: expect.any(Number) } });
      expect(readdirSync(small)).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('a restored directory', () => {
  it('has the ledger, and a vote store with a new name that no ledger registers (D3)', async () => {
    await backup();
    const into = join(root.path, 'restored');
    const { incarnation, manifest } = await restore(into);
    expect(manifest.height).toBe(3);
    expect(incarnation).not.toBe(storage.votes.load().incarnation);
    const restored = openExample(into);
    expect(restored.votes.load()).toEqual({ incarnation, records: [] });
    expect(restored.blocks.tip().hash).toBe(storage.blocks.tip().hash);
    restored.close();
    const again = await restore(join(root.path, 'again'));
    expect(again.incarnation).not.toBe(incarnation);
  });

  it('is verified before it has its name; what fails leaves nothing', async () => {
    await backup();
    const into = join(root.path, 'restored');
    let seen = '';
    const refused = restore(into, async () => {
      seen = readdirSync(root.path).join(' ');
      throw new Error('a seal does not verify');
    });
    expect(String(await failure(refused))).toContain('a seal does not verify');
    expect(seen).toContain('restored.partial');
    expect(readdirSync(root.path).sort()).toEqual(['backup', 'node']);
  });

  it('is made of no other network', async () => {
    await backup();
    const network = 'ab'.repeat(32);
    const wrong = restoreBackup(target, join(root.path, 'x'), {
      network,
      progress: silent,
      verify: async () => {},
    });
    expect(await failure(wrong)).toEqual({
      code: 'backup-of-other-network',
      facts: { expected: network, actual: exampleGenesis.network },
    });
  });

  it('takes the place of nothing: not of a directory with files in it', async () => {
    await backup();
    expect(await failure(restore(data))).toMatchObject({ code: 'target-not-empty' });
    const empty = join(root.path, 'empty');
    mkdirSync(empty);
    await restore(empty);
    expect(readdirSync(empty)).toContain('ledger.db');
  });
});

describe('a damaged backup is refused by name', () => {
  const change = (name: string, edit: (bytes: Buffer) => Buffer): void => {
    const file = join(target, name);
    writeFileSync(file, edit(readFileSync(file)));
  };
  const flip = (at: number) => (bytes: Buffer) => {
    bytes[at]! ^= 1;
    return bytes;
  };

  it.each([
    ['one bit of the ledger', () => change('ledger.db', flip(5_000)), 'backup-damaged'],
    [
      'a ledger that is cut short',
      () => change('ledger.db', (bytes) => bytes.subarray(0, 8_192)),
      'backup-damaged',
    ],
    ['no ledger', () => rmSync(join(target, 'ledger.db')), 'backup-damaged'],
    ['one bit of the manifest', () => change(manifestFileName, flip(60)), 'backup-damaged'],
    ['half a manifest', () => change(manifestFileName, (bytes) => bytes.subarray(0, 90)), 'backup-damaged'],
    ['no manifest', () => rmSync(join(target, manifestFileName)), 'not-a-backup'],
    ['another file', () => change(manifestFileName, () => Buffer.from('{"format":"other"}')), 'not-a-backup'],
    [
      'a newer version',
      () => change(manifestFileName, () => Buffer.from('{"format":"concordat-backup","version":2}')),
      'backup-too-new',
    ],
  ])('%s', async (_name, damage, code) => {
    await backup();
    damage();
    expect(await failure(restore(join(root.path, 'restored')))).toMatchObject({ code });
    expect(readdirSync(root.path).sort()).toEqual(['backup', 'node']);
  });

  it.each([
    ['no files', { files: [] }],
    ['a file without a digest', { files: [{ name: 'ledger.db', bytes: 1 }] }],
    ['a height that is no number', { height: 'three' }],
    ['a member more', { more: 1 }],
  ])('a manifest of another form, with a digest that fits: %s', async (_name, wrong) => {
    const manifest = await backup();
    const changed = { ...manifest, ...wrong } as unknown as typeof manifest;
    writeFileSync(join(target, manifestFileName), manifestText(changed));
    expect(await failure(restore(join(root.path, 'restored')))).toMatchObject({ code: 'backup-damaged' });
  });

  it('a manifest that names a file elsewhere', async () => {
    const manifest = await backup();
    const file = { ...manifest.files[0]!, name: '../node/votes.db' };
    writeFileSync(join(target, manifestFileName), manifestText({ ...manifest, files: [file] }));
    expect(await failure(restore(join(root.path, 'restored')))).toMatchObject({ code: 'data-damaged' });
    expect(readdirSync(root.path).sort()).toEqual(['backup', 'node']);
  });
});
