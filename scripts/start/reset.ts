/** Deletes what `npm start` made, and what was made of it since, and nothing else. */
import { type Dirent, existsSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  examplePassphraseFileOf,
  genesisFileOf,
  keysDirectoryOf,
  validatorDirectoryOf,
} from '../../node/config/data-layout.ts';
import { ConfigError } from '../../node/config/errors.ts';
import { readGenesis } from '../../node/config/genesis-file.ts';
import type { NetworkDescription } from '../../node/config/network-yaml.ts';
import { readNodeConfig } from '../../node/config/node-yaml.ts';
import { manifestFileName } from '../../node/storage/backup-manifest.ts';
import { StorageError } from '../../node/storage/errors.ts';
import { openLedgerReader } from '../../node/storage/ledger-reader.ts';

const markFileOf = (dataDirectory: string): string => join(dataDirectory, 'made-by-npm-start');
const markText = 'npm start made the network in this directory; `npm start -- --reset` deletes it.\n';

/** Call before the founding: only what is founded after it may be deleted later. */
export function markAsMadeHere(dataDirectory: string): void {
  if (!existsSync(genesisFileOf(dataDirectory))) writeFileSync(markFileOf(dataDirectory), markText);
}

/** Names in the data directory. */
export interface ResetPlan {
  readonly deletes: readonly string[];
  /** Somebody's own. */
  readonly leaves: readonly string[];
}

/**
 * Undefined if there is nothing to delete.
 * @throws Error if the directory holds a network that somebody else made
 */
export function planReset(dataDirectory: string, { validators }: NetworkDescription): ResetPlan | undefined {
  if (!existsSync(dataDirectory)) return undefined;
  const entries = readdirSync(dataDirectory, { withFileTypes: true });
  if (entries.length === 0) return undefined;
  const mark = markFileOf(dataDirectory);
  if (!existsSync(mark)) {
    throw new Error(
      `${dataDirectory} was not made by npm start, so --reset leaves it alone.\nMove it away, or choose another one with --data.`,
    );
  }
  const genesis = genesisFileOf(dataDirectory);
  const network = networkIn(genesis);
  const founded = new Set([
    keysDirectoryOf(dataDirectory),
    examplePassphraseFileOf(dataDirectory),
    ...validators.map(({ id }) => validatorDirectoryOf(dataDirectory, id)),
  ]);
  const isOurs = (entry: Dirent): boolean => {
    const path = join(dataDirectory, entry.name);
    if (founded.has(path) || isClientFile(entry)) return true;
    return entry.isDirectory() && network !== undefined && isOfNetwork(path, network);
  };
  const deletes: string[] = [];
  const leaves: string[] = [];
  // Last, so that an interrupted reset can be repeated: genesis tells what belongs to it, and the mark that it may.
  const last = [genesis, mark].filter((path) => existsSync(path)).map((path) => basename(path));
  for (const entry of entries) {
    if (last.includes(entry.name)) continue;
    (isOurs(entry) ? deletes : leaves).push(entry.name);
  }
  return { deletes: [...deletes, ...last], leaves };
}

export function resetData(dataDirectory: string, { deletes, leaves }: ResetPlan): void {
  for (const name of deletes) rmSync(join(dataDirectory, name), { recursive: true, force: true });
  if (leaves.length === 0) rmdirSync(dataDirectory);
}

/** What commands remember of a network that they followed (data-layout.ts). */
const isClientFile = (entry: Dirent): boolean =>
  entry.isFile() && /^client\.[0-9a-f]{16}\.epochs(\.\d+\.new)?$/.test(entry.name);

/**
 * The directory of a node: one that the description called otherwise, an observer's, one that was restored from a
 * backup, with a node.yaml or without. A backup is none: whoever made it wants to keep it.
 */
function isOfNetwork(directory: string, network: string): boolean {
  if (existsSync(join(directory, manifestFileName))) return false;
  const nodeFile = join(directory, 'node.yaml');
  if (existsSync(nodeFile)) return networkOfNode(nodeFile) === network;
  return networkOfLedger(directory) === network;
}

const networkOfNode = (nodeFile: string): string | undefined =>
  unlessUnreadable(() => readGenesis(readNodeConfig(nodeFile).genesisFile).genesis.network);

const networkIn = (genesisFile: string): string | undefined =>
  unlessUnreadable(() => readGenesis(genesisFile).genesis.network);

function networkOfLedger(directory: string): string | undefined {
  return unlessUnreadable(() => {
    const reader = openLedgerReader(directory);
    const { hash } = reader.genesis.block;
    reader.close();
    return hash;
  });
}

/** What cannot be read is nobody's that we know: it stays, and is named. */
function unlessUnreadable(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StorageError) return undefined;
    throw error;
  }
}
