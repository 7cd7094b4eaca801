import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  examplePassphraseFileOf,
  genesisFileOf,
  nodeFileOf,
  nodeKeyFileOf,
} from '../../node/config/data-layout.ts';
import { readGenesis, writeGenesis } from '../../node/config/genesis-file.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { createNodeCertificate } from '../../node/crypto/certificate.ts';
import { createKeyFile, readKeyFile } from '../../node/crypto/key-files.ts';
import { createLinks } from '../../node/network/mesh.ts';
import { bookOfValidators } from '../../node/network/peer-book.ts';
import { createStores } from '../../node/storage/storage.ts';
import { type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { createExample, type Example, type StartedValidator } from '../support/example.ts';

interface LogLine {
  readonly code: string;
  readonly [fact: string]: unknown;
}
interface NodeConfig {
  validator: string;
  genesis: string;
  storage: string;
  keys: { consensus: string; node: string; passphrase_file: string };
  links: { listen: string };
}

let example: Example;
let session: SignedIn;
let validators: readonly StartedValidator[];
let passphrase: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  example = await createExample();
  session = signedInAs(example.data, 'alpha.admin');
  const run = example.run();
  validators = (await run.next('ready')).validators as readonly StartedValidator[];
  passphrase = readPassphrase(examplePassphraseFileOf(example.data));
  process.kill(validators.find(({ id }) => id === 'delta')!.pid, 'SIGTERM');
  await run.next('ended');
});
afterAll(() => example.cleanUp());

const logOf = (folder: string): readonly LogLine[] =>
  readFileSync(join(example.data, folder, 'log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
const refusals = (lines: readonly LogLine[], code: string) =>
  lines.filter((line) => line.code === code).map(({ by, nextStep }) => [by, typeof nextStep]);
const eventually = (value: () => unknown) => expect.poll(value, { timeout: 90_000, interval: 100 });
const gatewayOf = (id: string) => validators.find((validator) => validator.id === id)!.gateway;

async function connectedPeers(id: string): Promise<readonly string[]> {
  const response = await session.fetch(`${gatewayOf(id)}/api/v1/peers`);
  const { peers } = (await response.json()) as { peers: { validator: string; connected: boolean }[] };
  return peers.flatMap(({ validator, connected }) => (connected ? [validator] : [])).sort();
}

/** A process that calls itself delta, in a folder of its own, as a genesis of its own making has it. */
function startImpostor(
  folder: string,
  { name, nodeKey }: { readonly name?: string; readonly nodeKey?: PublicKey },
  nodeKeyFile = nodeKeyFileOf(example.data, 'delta'),
): void {
  const directory = join(example.data, folder);
  mkdirSync(directory);
  const incarnation = createStores(directory);
  const { document } = readGenesis(genesisFileOf(example.data));
  const validators = document.validators.map((one) =>
    one.id === 'delta' ? { ...one, incarnation, nodeKey: nodeKey ?? one.nodeKey } : one,
  );
  writeGenesis(join(directory, 'genesis'), { ...document, name: name ?? document.name, validators });
  startWith(folder, 'delta', (config) => ({
    ...config,
    genesis: 'genesis',
    storage: '.',
    keys: { ...config.keys, node: nodeKeyFile },
  }));
}

/** Starts `validator` with a changed copy of its node.yaml in the folder. */
function startWith(folder: string, validator: string, change: (config: NodeConfig) => NodeConfig): void {
  const config = parse(readFileSync(nodeFileOf(example.data, validator), 'utf8')) as NodeConfig;
  writeFileSync(join(example.data, folder, 'node.yaml'), stringify(change(config)));
  started.push(example.runValidator(folder));
}

async function stopStarted(): Promise<void> {
  const child = started.pop()!;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await gone).toBe(0);
}

describe('a process that is not who it must be', () => {
  it('with an unknown node key gets no further than TLS, and both sides say so', async () => {
    const file = join(example.folder, 'stranger.age');
    const { publicKey } = await createKeyFile(file, passphrase, { workFactor: 10 });
    startImpostor('stranger', { nodeKey: publicKey }, file);
    const code = 'link-refused-unknown-key';
    await eventually(() =>
      logOf('alpha').some((line) => line.code === code && line.nodeKey === publicKey),
    ).toBe(true);
    await eventually(() => refusals(logOf('stranger'), code)).toContainEqual(['peer', 'string']);
    expect(refusals(logOf('alpha'), code)).toContainEqual(['us', 'string']);
    expect(logOf('stranger').map((line) => line.code)).not.toContain('link-opened');
    expect(await connectedPeers('alpha')).toEqual(['beta', 'gamma']);
    await stopStarted();
  });

  it('with another network id gets no further than hello, and both sides say so', async () => {
    startImpostor('elsewhere', { name: 'Another network' });
    const code = 'link-refused-wrong-network';
    for (const folder of ['alpha', 'elsewhere']) {
      await eventually(() => refusals(logOf(folder), code).length).toBeGreaterThan(0);
    }
    expect(logOf('elsewhere').map((line) => line.code)).not.toContain('link-opened');
    expect(await connectedPeers('alpha')).toEqual(['beta', 'gamma']);
    await stopStarted();
  });

  it("that says another's name gets no further than hello, and both sides say so", async () => {
    const { document, genesis } = readGenesis(genesisFileOf(example.data));
    const { seed } = await readKeyFile(nodeKeyFileOf(example.data, 'delta'), passphrase);
    const lines: LogLine[] = [];
    const thief = createLinks({
      self: 'gamma' as ValidatorId,
      network: genesis.network,
      software: 'thief',
      book: () => bookOfValidators(document.validators.filter(({ id }) => id === 'alpha')),
      listen: { host: '127.0.0.1', port: 0 },
      certificate: await createNodeCertificate(seed, 'gamma'),
      random: { unit: () => 0.5 },
      log: { write: (_level, code, facts) => lines.push({ code, ...facts }) },
      wallMs: Date.now,
    });
    const opened: string[] = [];
    await thief.start({
      opened: (peer) => opened.push(peer),
      closed: () => {},
      received: () => {},
    });
    const code = 'link-refused-wrong-identity';
    await eventually(() => refusals(logOf('alpha'), code)).toContainEqual(['us', 'string']);
    await eventually(() => refusals(lines, code)).toContainEqual(['peer', 'string']);
    await thief.stop();
    expect(opened).toEqual([]);
    expect(await connectedPeers('alpha')).toEqual(['beta', 'gamma']);
  });

  it("that answers at another's address gets no further than TLS, and both sides say so", async () => {
    const { document } = readGenesis(genesisFileOf(example.data));
    process.kill(validators.find(({ id }) => id === 'gamma')!.pid, 'SIGTERM');
    await eventually(() => connectedPeers('alpha')).toEqual(['beta']);
    const address = document.validators.find(({ id }) => id === 'gamma')!.address.replace('wss://', '');
    mkdirSync(join(example.data, 'misplaced'));
    startWith('misplaced', 'delta', (config) => ({
      ...config,
      storage: '../delta',
      links: { listen: address },
    }));
    const code = 'link-refused-wrong-identity';
    const ofGamma = () => logOf('alpha').filter((line) => line.code === code && line.peer === 'gamma');
    await eventually(() => refusals(ofGamma(), code)).toContainEqual(['us', 'string']);
    await eventually(() => refusals(logOf('misplaced'), code)).toContainEqual(['peer', 'string']);
    expect(await connectedPeers('alpha')).not.toContain('gamma');
    await stopStarted();
  });

  it('leaves no trace: the true ones are taken back', async () => {
    for (const id of ['gamma', 'delta']) example.runValidator(id);
    await eventually(() => connectedPeers('alpha')).toEqual(['beta', 'delta', 'gamma']);
    await eventually(async () => (await fetch(`${gatewayOf('delta')}/readyz`)).ok).toBe(true);
  });
});
