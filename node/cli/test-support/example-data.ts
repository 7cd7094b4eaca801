/** A data directory as `network init` leaves it: the consortium's genesis, and keys with their passphrase. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeGenesisDocument } from '../../../shared/codec/genesis.ts';
import type { GenesisDocument } from '../../../shared/types/ledger.ts';
import {
  examplePassphraseFileOf,
  genesisFileOf,
  identityKeyFileOf,
  keysDirectoryOf,
} from '../../config/data-layout.ts';
import { writeKeyFile } from '../../crypto/key-files.ts';
import { keyOfRole, testGenesis } from '../../gateway/test-support/consortium.ts';

export interface ExampleData {
  readonly directory: string;
  readonly passphrase: string;
  remove(): void;
}

/** With the keys of every identity, or of those named. */
export async function createExampleData(
  identities: readonly string[] = testGenesis.identities.map(({ id }) => id),
  document: GenesisDocument = testGenesis,
): Promise<ExampleData> {
  const directory = mkdtempSync(join(tmpdir(), 'concordat-cli-'));
  const passphrase = 'a passphrase of the tests';
  mkdirSync(keysDirectoryOf(directory));
  writeFileSync(genesisFileOf(directory), encodeGenesisDocument(document));
  writeFileSync(examplePassphraseFileOf(directory), `${passphrase}\n`);
  for (const { id, key } of document.identities) {
    const held = Object.values(keyOfRole).find(({ publicKey }) => publicKey === key);
    if (held === undefined || !identities.includes(id)) continue;
    await writeKeyFile(identityKeyFileOf(directory, id), held.seed, passphrase, { workFactor: 1 });
  }
  return { directory, passphrase, remove: () => rmSync(directory, { recursive: true }) };
}
