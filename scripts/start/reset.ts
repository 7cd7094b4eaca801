/** Deletes what `npm start` made, and nothing else. */
import { existsSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  examplePassphraseFileOf,
  genesisFileOf,
  keysDirectoryOf,
  validatorDirectoryOf,
} from '../../node/config/data-layout.ts';
import type { NetworkDescription } from '../../node/config/network-yaml.ts';

const markFileOf = (dataDirectory: string): string => join(dataDirectory, 'made-by-npm-start');
const markText = 'npm start made the network in this directory; `npm start -- --reset` deletes it.\n';

/** Call before the founding: only what is founded after it may be deleted later. */
export function markAsMadeHere(dataDirectory: string): void {
  if (!existsSync(genesisFileOf(dataDirectory))) writeFileSync(markFileOf(dataDirectory), markText);
}

/** @throws Error if the directory holds a network that somebody else made */
export function resetData(dataDirectory: string, { validators }: NetworkDescription): void {
  if (!existsSync(dataDirectory)) return;
  const mark = markFileOf(dataDirectory);
  if (!existsSync(mark)) {
    if (readdirSync(dataDirectory).length === 0) return;
    throw new Error(
      `${dataDirectory} was not made by npm start, so --reset leaves it alone.\nMove it away, or choose another one with --data.`,
    );
  }
  const made = [
    genesisFileOf(dataDirectory),
    keysDirectoryOf(dataDirectory),
    examplePassphraseFileOf(dataDirectory),
    ...foundedDirectories(
      dataDirectory,
      validators.map(({ id }) => id),
    ),
    // Last, so that an interrupted reset can be repeated.
    mark,
  ];
  for (const path of made) rmSync(path, { recursive: true, force: true });
  if (readdirSync(dataDirectory).length === 0) rmdirSync(dataDirectory);
}

/** Directories of validators: those with a node.yaml, whatever the description calls them today. */
function foundedDirectories(dataDirectory: string, ids: readonly string[]): readonly string[] {
  const named = readdirSync(dataDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(dataDirectory, entry.name, 'node.yaml')))
    .map((entry) => join(dataDirectory, entry.name));
  return [...new Set([...named, ...ids.map((id) => validatorDirectoryOf(dataDirectory, id))])];
}
