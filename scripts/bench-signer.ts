/**
 * What a signature of a remote signer costs against one in process: one vote at a time, as an idle network asks, and
 * in groups, as a loaded one does. The signer is a process of its own with its vote store on this disk.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../node/cli/run-cli.ts';
import { askSignerStatus } from '../node/cli/signer-status.ts';
import { completeNetwork } from '../node/config/complete-network.ts';
import { consensusKeyFileOf, examplePassphraseFileOf } from '../node/config/data-layout.ts';
import { parseNetwork } from '../node/config/network-yaml.ts';
import { readPassphrase } from '../node/config/passphrase.ts';
import { readKeyFile } from '../node/crypto/key-files.ts';
import { createInProcessSigner } from '../node/crypto/signer-in-process.ts';
import { createRemoteSigner } from '../node/crypto/signer-remote.ts';
import type { SignerPort, SignRequest } from '../node/runtime/ports.ts';
import { createStores } from '../node/storage/storage.ts';
import { voteSigningBytes } from '../shared/codec/messages.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type PublicKey,
  viewOf,
} from '../shared/types/brands.ts';
import { percentile } from './lib/statistics.ts';

const validator = 'v1';
const networkYaml = `name: Signer
members: [{ id: m, name: M }]
validators: [{ id: ${validator}, member: m, links: 127.0.0.1:25301, gateway: 'http://127.0.0.1:25302' }]
`;
const concordat = fileURLToPath(new URL('../node/cli/main.js', import.meta.url));
const rounds = 2_000;
const groupSizes = [1, 12] as const;

const data = mkdtempSync(join(tmpdir(), 'concordat-bench-signer-'));
try {
  await bench();
} finally {
  rmSync(data, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const { document, genesis } = await completeNetwork(parseNetwork(networkYaml, 'bench'), data, {
    file: 'bench',
    nowMs: Date.now(),
    prepareStorage: (directory) => createStores(directory),
  });
  const { network } = genesis;
  const keyFile = consensusKeyFileOf(data, validator);
  const passphraseFile = examplePassphraseFileOf(data);
  const { publicKey, seed } = await readKeyFile(keyFile, readPassphrase(passphraseFile));
  const place = join(data, 'signer');
  await createSigner(place, keyFile, passphraseFile);
  const child = spawn(process.execPath, [concordat, 'signer', 'start', join(place, 'signer.yaml')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const socket = join(place, 'signer.sock');
  while ((await askSignerStatus(socket)) === undefined)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const remote = createRemoteSigner({
    socket,
    network,
    validator: document.validators[0]!.id,
    key: publicKey,
    window: () => document.parameters.window,
    log: { write: () => undefined },
    fatal: (code, facts) => {
      throw new Error(`${code}: ${JSON.stringify(facts)}`);
    },
    monotonicMs: () => performance.now(),
  });
  let height = 1;
  for (const size of groupSizes) {
    for (const [name, signer] of [
      ['in process', createInProcessSigner(seed)],
      ['remote', remote],
    ] as const) {
      const took: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        took.push(await timed(signer, votesOf(network, publicKey, height, size)));
        height += size;
      }
      const figure = (share: number): string => percentile(took, share).toFixed(3).padStart(8);
      console.log(
        `${String(size).padStart(3)} at once  ${name.padEnd(10)}  p50 ${figure(0.5)} ms  p99 ${figure(0.99)} ms  (${rounds} rounds)`,
      );
    }
  }
  remote.close();
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('close', resolve));
}

async function createSigner(place: string, keyFile: string, passphraseFile: string): Promise<void> {
  const lines: string[] = [];
  const io = {
    out: () => undefined,
    err: (line: string) => void lines.push(line),
    pipe: null,
    terminal: null,
    nowMs: () => Date.now(),
  };
  const args = [
    '--validator',
    validator,
    '--data',
    data,
    '--key',
    keyFile,
    '--passphrase-file',
    passphraseFile,
  ];
  if ((await runCli(['signer', 'create', place, ...args], io)) !== 0) throw new Error(lines.join('\n'));
}

function votesOf(network: NetworkId, key: PublicKey, height: number, count: number): SignRequest[] {
  const epoch = epochOf(0);
  return Array.from({ length: count }, (_, i) => {
    const bytes = voteSigningBytes(network, {
      kind: 'commit',
      epoch,
      view: viewOf(0),
      sequence: heightOf(height + i),
      content: String(height + i).padStart(64, '0') as Digest,
      sender: validator as never,
    });
    return { epoch, key, bytes };
  });
}

function timed(signer: SignerPort, requests: readonly SignRequest[]): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve) => signer.sign(requests, () => resolve(performance.now() - startedMs)));
}
