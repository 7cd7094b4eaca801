/** Files that people write or move between machines: YAML, CSV, NDJSON, keys, genesis. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../../../node/cli/cli-error.ts';
import { readRows } from '../../../node/cli/import/rows.ts';
import { cborArgument } from '../../../node/cli/json-argument.ts';
import { ConfigError } from '../../../node/config/errors.ts';
import { readGenesis } from '../../../node/config/genesis-file.ts';
import { parseHostPort } from '../../../node/config/host-port.ts';
import { parseNetwork } from '../../../node/config/network-yaml.ts';
import { nodeYamlText, readNodeConfig } from '../../../node/config/node-yaml.ts';
import { readPassphrase } from '../../../node/config/passphrase.ts';
import { readSignerConfig, signerYamlText } from '../../../node/config/signer-yaml.ts';
import {
  decodePrivateKeyPem,
  encodePrivateKeyPem,
  KeyFileError,
  readKeyFile,
  writeKeyFile,
} from '../../../node/crypto/key-files.ts';
import { testGenesis } from '../../../node/gateway/test-support/consortium.ts';
import { BackupError } from '../../../node/storage/backup-errors.ts';
import {
  type BackupManifest,
  manifestFileName,
  manifestText,
  readManifest,
} from '../../../node/storage/backup-manifest.ts';
import { equalBytes } from '../../../shared/codec/hex.ts';
import { encodeGenesisDocument } from '../../../shared/codec/ledger.ts';
import {
  accepted,
  bytesOf,
  type OpenTarget,
  type Outcome,
  PropertyBroken,
  refused,
  type Target,
  textOf,
} from '../target.ts';

/** Reads a file that holds the input; its named error carries a code. */
const fileTarget = (
  name: string,
  form: Target['form'],
  ending: string,
  corpus: (directory: string) => readonly Uint8Array[] | Promise<readonly Uint8Array[]>,
  read: (file: string) => string | Promise<string>,
): Target => ({
  name,
  form,
  async open(): Promise<OpenTarget> {
    const directory = mkdtempSync(join(tmpdir(), 'concordat-fuzz-'));
    const file = join(directory, `input.${ending}`);
    return {
      corpus: await corpus(directory),
      run: (input) => {
        writeFileSync(file, input);
        return named(() => read(file));
      },
      close: async () => rmSync(directory, { recursive: true }),
    };
  },
});

async function named(work: () => string | Promise<string>): Promise<Outcome> {
  try {
    return accepted(await work());
  } catch (error) {
    if (error instanceof ConfigError || error instanceof KeyFileError || error instanceof BackupError)
      return refused(error.code);
    if (error instanceof CliError) return refused(error.message.replace(/\d+/g, '#').slice(0, 80));
    throw error;
  }
}

const passphrase = 'a passphrase';
const seed = new Uint8Array(32).fill(7);

const nodeYaml = nodeYamlText({
  validator: 'alpha',
  genesis: '../genesis',
  storage: 'storage',
  keys: { consensus: 'c.age', node: 'n.age', passphrase_file: 'p' },
  links: { listen: '127.0.0.1:7101' },
  gateway: { listen: '127.0.0.1:8101' },
  log: { level: 'info' },
});

const signerYaml = signerYamlText({
  validator: 'alpha',
  genesis: '../genesis',
  storage: '.',
  keys: { consensus: 'c.age', passphrase_file: 'p' },
  socket: 'signer.sock',
  log: { level: 'info', file: 'log' },
});

/** Aliases let a few lines stand for very many. */
const yamlWithAliases = (text: string): string => `${text}\nmore: &a [1, &b [2, 2]]\nyet: [*a, *b, *a]\n`;

async function countRows(file: string): Promise<string> {
  let rows = 0;
  for await (const row of readRows(file)) {
    if (row.number !== rows + 1) throw new PropertyBroken('round-trip', `row ${row.number} after ${rows}`);
    rows = row.number;
  }
  return rows > 2 ? 'many' : String(rows);
}

const keyFileCorpus = async (directory: string): Promise<readonly Uint8Array[]> => {
  const file = join(directory, 'key.age');
  await writeKeyFile(file, seed, passphrase, { workFactor: 1 });
  return [new Uint8Array(readFileSync(file))];
};

const textTarget = (name: string, corpus: readonly string[], run: (text: string) => Outcome): Target => ({
  name,
  form: 'text',
  open: () => ({ corpus: corpus.map(bytesOf), run: (input) => run(textOf(input)) }),
});

const manifest: BackupManifest = {
  format: 'concordat-backup',
  version: 1,
  network: 'cd'.repeat(32),
  height: 7,
  block: 'ab'.repeat(32),
  stateRoot: 'ef'.repeat(32),
  createdAt: 1_767_225_600_000,
  software: 'concordat',
  files: [{ name: 'ledger.db', bytes: 4_096, sha256: '01'.repeat(32) }],
};

/** Its digest refuses nearly every change: what stands below it is also tried with a digest that fits. */
const manifestTarget: Target = {
  name: 'backup-manifest',
  form: 'json',
  open() {
    const directory = mkdtempSync(join(tmpdir(), 'concordat-fuzz-'));
    return {
      corpus: [bytesOf(manifestText(manifest)), bytesOf(JSON.stringify(manifest))],
      run: (input) => {
        writeFileSync(join(directory, manifestFileName), sealed(input));
        return named(() => String(readManifest(directory).files.length));
      },
      close: async () => rmSync(directory, { recursive: true }),
    };
  },
};

function sealed(input: Uint8Array): Uint8Array | string {
  try {
    const value: unknown = JSON.parse(textOf(input));
    const isOpen = typeof value === 'object' && value !== null && !('digest' in value);
    return isOpen ? manifestText(value as BackupManifest) : input;
  } catch {
    // No JSON: as it is.
    return input;
  }
}

export const fileTargets: readonly Target[] = [
  manifestTarget,
  {
    name: 'network-yaml',
    form: 'text',
    open: () => ({
      corpus: [
        new Uint8Array(readFileSync('network.yaml')),
        bytesOf(yamlWithAliases(readFileSync('network.yaml', 'utf8').replace(/^ *#.*\n/gm, ''))),
      ],
      run: (input) => named(() => String(parseNetwork(textOf(input), 'network.yaml').validators.length > 3)),
    }),
  },
  fileTarget(
    'node-yaml',
    'text',
    'yaml',
    () => [nodeYaml, yamlWithAliases(nodeYaml)].map(bytesOf),
    (file) => readNodeConfig(file).log.level,
  ),
  fileTarget(
    'signer-yaml',
    'text',
    'yaml',
    () => [bytesOf(signerYaml)],
    (file) => readSignerConfig(file).log.level,
  ),
  fileTarget(
    'csv',
    'text',
    'csv',
    () => ['a,b,c\n1,2,3\n"x ""y""","l\nm",\r\n', '\uFEFFid;n\n1;2\n', 'a\n'].map(bytesOf),
    countRows,
  ),
  fileTarget(
    'ndjson',
    'text',
    'ndjson',
    () => ['{"a":1,"b":{"c":[null,true]}}\n{"a":"x"}\n\n{"a":1e300}', '\uFEFF{"é":"\\u00e9"}\n'].map(bytesOf),
    countRows,
  ),
  fileTarget(
    'key-file',
    'text',
    'age',
    keyFileCorpus,
    async (file) => (await readKeyFile(file, passphrase)).publicKey,
  ),
  fileTarget(
    'genesis-file',
    'cbor',
    'genesis',
    () => [encodeGenesisDocument(testGenesis)],
    (file) => String(readGenesis(file).genesis.validators.length),
  ),
  fileTarget(
    'passphrase-file',
    'text',
    'txt',
    () => [bytesOf('# a comment\n\n secret words \nmore\n')],
    (file) => (readPassphrase(file) === '' ? 'empty' : 'some'),
  ),
  textTarget('private-key-pem', [encodePrivateKeyPem(seed)], (text) => {
    const decoded = decodePrivateKeyPem(text);
    if (decoded === undefined) return refused('pem');
    if (decoded.length !== 32) throw new PropertyBroken('round-trip', `${decoded.length} bytes of a seed`);
    return accepted(String(equalBytes(decoded, seed)));
  }),
  textTarget('host-port', ['127.0.0.1:7101', '[::1]:80', 'a.b-c:65535'], (text) => {
    const parsed = parseHostPort(text);
    return parsed === undefined ? refused('host') : accepted();
  }),
  {
    name: 'event-data',
    form: 'json',
    open: () => ({
      corpus: ['{"a":[1,2.5,"x",null]}', '9007199254740993', '{"__proto__":{"a":1}}'].map(bytesOf),
      run: (input) => named(() => typeof cborArgument('--event-data', textOf(input))),
    }),
  },
];
