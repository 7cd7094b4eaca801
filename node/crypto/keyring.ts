/**
 * The keys of one process: for each kind the file that its configuration names, and beside it any number of others,
 * `<name>.<first 16 digits of the public key>.age`. All open with one passphrase. Which of them is used, the ledger
 * says. Exactly one file bears the configured name at any time, whatever a crash interrupts.
 */
import { randomBytes } from 'node:crypto';
import { link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PublicKey } from '../../shared/types/brands.ts';
import {
  createPrivateSeed,
  KeyFileError,
  type KeyFileOptions,
  privateKeyOf,
  readKeyFile,
  writeKeyFile,
} from './key-files.ts';

export type KeyKind = 'consensus' | 'node';

export interface KeyEntry {
  readonly publicKey: PublicKey;
  readonly kind: KeyKind;
  readonly file: string;
  /** Its file has the name that the configuration gives. */
  readonly configured: boolean;
}

export interface Keyring {
  keys(): readonly KeyEntry[];
  /** Makes a key beside the configured one; durable when it returns. */
  create(kind: KeyKind): Promise<PublicKey>;
  /** The same with a key that was made elsewhere; the seed is the keyring's from then on. */
  hold(kind: KeyKind, seed: Uint8Array): Promise<PublicKey>;
  /** Ed25519 seed, 32 bytes: a secret. */
  seedOf(key: PublicKey): Uint8Array | undefined;
  /**
   * Overwrites and removes its file, and its seed in memory. Of the configured one the only other key of its kind
   * takes the name, or `successor`. @throws KeyFileError `key-not-here`, `key-without-successor`
   */
  erase(key: PublicKey, successor?: PublicKey): Promise<void>;
}

export interface KeyringOptions extends KeyFileOptions {
  readonly files: Readonly<Partial<Record<KeyKind, string>>>;
  readonly passphrase: string;
  /** How a new key's file is written; on the calling thread unless given. */
  readonly write?: typeof writeKeyFile;
}

interface Held {
  readonly entry: KeyEntry;
  readonly seed: Uint8Array;
}

/** Finishes what an interrupted erase left. @throws KeyFileError */
export async function openKeyring({
  files,
  passphrase,
  write = writeKeyFile,
  ...options
}: KeyringOptions): Promise<Keyring> {
  let held: Held[] = [];
  const kinds = Object.entries(files) as [KeyKind, string][];
  for (const [kind, configured] of kinds) {
    await finishErasures(configured);
    for (const file of [configured, ...(await filesBeside(configured))])
      held.push(await readHeld(kind, file, configured, passphrase));
  }

  async function hold(kind: KeyKind, seed: Uint8Array): Promise<PublicKey> {
    const configured = files[kind];
    if (configured === undefined)
      throw new KeyFileError('key-not-here', kind, 'no file of this kind is configured');
    const { publicKey } = privateKeyOf(seed);
    const file = fileBeside(configured, publicKey);
    await write(file, seed, passphrase, options);
    await syncFolder(file);
    held.push({ entry: { publicKey, kind, file, configured: false }, seed });
    return publicKey;
  }

  async function erase(key: PublicKey, successor?: PublicKey): Promise<void> {
    const doomed = held.find(({ entry }) => entry.publicKey === key);
    if (doomed === undefined) throw new KeyFileError('key-not-here', key);
    const heir = doomed.entry.configured ? heirOf(doomed.entry, successor) : undefined;
    for (const step of erasureOf(doomed.entry.file, heir?.entry.file)) await step();
    doomed.seed.fill(0);
    held = held
      .filter((one) => one !== doomed)
      .map((one) => (one === heir ? renamed(one, doomed.entry.file) : one));
  }

  function heirOf({ kind, publicKey, file }: KeyEntry, named: PublicKey | undefined): Held {
    const others = held.filter(({ entry }) => entry.kind === kind && entry.publicKey !== publicKey);
    const fitting = named === undefined ? others : others.filter(({ entry }) => entry.publicKey === named);
    const [heir] = fitting;
    if (heir === undefined || fitting.length > 1)
      throw new KeyFileError('key-without-successor', file, `${others.length} other keys of this kind`);
    return heir;
  }

  return {
    keys: () => held.map(({ entry }) => entry),
    create: (kind) => hold(kind, createPrivateSeed()),
    hold,
    seedOf: (key) => held.find(({ entry }) => entry.publicKey === key)?.seed,
    erase,
  };
}

const renamed = ({ entry, seed }: Held, file: string): Held => ({
  entry: { ...entry, file, configured: true },
  seed,
});

async function readHeld(kind: KeyKind, file: string, configured: string, passphrase: string): Promise<Held> {
  const { publicKey, seed } = await readKeyFile(file, passphrase);
  const isConfigured = file === configured;
  if (!isConfigured && file !== fileBeside(configured, publicKey))
    throw new KeyFileError('key-file-damaged', file, 'it holds another key than its name says');
  return { entry: { publicKey, kind, file, configured: isConfigured }, seed };
}

const digitsInName = 16;
const stemOf = (configured: string): string => configured.replace(/\.age$/, '');
const fileBeside = (configured: string, key: PublicKey): string =>
  `${stemOf(configured)}.${key.slice(0, digitsInName)}.age`;

/** Files of further keys of the kind: successors, and those that were replaced and are not erased yet. */
export async function filesBeside(configured: string): Promise<string[]> {
  const stem = `${basename(stemOf(configured))}.`;
  const isBeside = (name: string): boolean =>
    name.startsWith(stem) && /^[0-9a-f]{16}\.age$/.test(name.slice(stem.length));
  return (await namesIn(dirname(configured))).filter(isBeside).map((name) => join(dirname(configured), name));
}

/** A folder that is not there holds nothing; the configured file is then missed by its name. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const erasing = '.erasing';

/**
 * The steps of an erase, each durable on its own. Up to the rename nothing has happened; from then on the doomed
 * file has no name but one that says what becomes of it, and the next start goes on.
 */
export function erasureOf(doomed: string, heir: string | undefined): readonly (() => Promise<void>)[] {
  const marked = `${doomed}${erasing}`;
  const take =
    heir === undefined
      ? [() => rename(doomed, marked)]
      : [() => link(doomed, marked), () => rename(heir, doomed)];
  return [...take, () => syncFolder(doomed), ...destructionOf(marked)];
}

const destructionOf = (file: string): readonly (() => Promise<void>)[] => [
  () => overwrite(file),
  () => unlink(file),
  () => syncFolder(file),
];

async function finishErasures(configured: string): Promise<void> {
  const folder = dirname(configured);
  const stem = basename(stemOf(configured));
  const marked = (await namesIn(folder)).filter(
    (name) => name.startsWith(`${stem}.`) && name.endsWith(erasing),
  );
  for (const name of marked) {
    const file = join(folder, name);
    // The same file under both names: interrupted before another took its place. It is not erased yet.
    if (await isSameFile(file, file.slice(0, -erasing.length))) await unlink(file);
    else for (const step of destructionOf(file)) await step();
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    return (await lstat(one)).ino === (await lstat(other)).ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** As far as the file system writes in place; what a copy or a flash cell still holds is encrypted. */
async function overwrite(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    await handle.write(randomBytes(size), 0, size, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(file: string): Promise<void> {
  const handle = await open(dirname(file), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
