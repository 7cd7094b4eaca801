/**
 * A ledger as a network would have made it, written by one process: signed transactions, executed, sealed with the
 * validators' own keys. Only the votes are missing, which no one but their validator ever needs.
 */
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { consensusKeyFileOf, examplePassphraseFileOf } from '../../node/config/data-layout.ts';
import { readNodeConfig } from '../../node/config/node-yaml.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { executeBatch } from '../../node/runtime/execute-batch.ts';
import { openStorage, type Storage } from '../../node/storage/storage.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { quorum } from '../../shared/protocol/quorum.ts';
import type { Signature } from '../../shared/types/brands.ts';
import type { Batch, Certificate, Transaction } from '../../shared/types/ledger.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import { type LoadSigner, signedAppend } from '../lib/signed-load.ts';

export interface SyntheticLedger {
  readonly records: number;
  readonly recordsPerBlock: number;
  readonly streams: number;
  readonly snapshotEvery: number;
  /** Between two blocks, of the ledger's own time. */
  readonly blockMs: number;
}

const lifetimeMs = 60_000;
const files = ['ledger.db', 'derived.db', 'snapshots'];

/** Writes it into the directories of all validators but the last. @returns its height. */
export async function writeSyntheticLedger(
  network: LocalNetwork,
  shape: SyntheticLedger,
  onProgress: (records: number) => void,
): Promise<number> {
  const { document, genesis, nodes } = network.completed;
  const signer = await network.signer();
  const seals = await sealersOf(network);
  const storage = openStorage(readNodeConfig(nodes[0]!.nodeFile).storageDirectory, {
    genesis,
    log: { write: () => undefined },
    fatal: (code) => {
      throw new Error(code);
    },
    snapshots: { everyBlocks: shape.snapshotEvery, keep: 2 },
  });
  const ledger = { genesis, state: storage.state };
  let parent = { height: genesis.header.height, hash: genesis.hash, time: genesis.header.time };
  for (let written = 0; written < shape.records; written += shape.recordsPerBlock) {
    const time = parent.time + shape.blockMs;
    const transactions = signedBlock(network, signer, shape, written, time);
    const batch: Batch = {
      time,
      proposer: document.validators[0]!.id,
      ids: transactions.map(({ id }) => id),
    };
    const block = executeBatch(ledger, parent, batch, transactions);
    if (block.ran.length !== transactions.length) throw new Error('not everything ran');
    await append(storage, block, seals(block), batch, transactions);
    parent = { height: block.height, hash: block.hash, time };
    onProgress(written + transactions.length);
  }
  storage.snapshots.settle();
  storage.close();
  for (let index = 1; index < network.size - 1; index += 1)
    for (const file of files) {
      const from = join(network.dataOf(0), file);
      if (existsSync(from)) cpSync(from, join(network.dataOf(index), file), { recursive: true });
    }
  return parent.height;
}

function signedBlock(
  network: LocalNetwork,
  signer: LoadSigner,
  { streams, recordsPerBlock, records }: SyntheticLedger,
  first: number,
  time: number,
): Transaction[] {
  const load = {
    network: network.completed.genesis.network,
    expiresAt: time + lifetimeMs,
    streams,
    dataBytes: 16,
    run: 'join',
  };
  const count = Math.min(recordsPerBlock, records - first);
  return Array.from({ length: count }, (_, index) =>
    decodeEnvelope(signedAppend(signer, load, first + index).envelope),
  );
}

type Executed = ReturnType<typeof executeBatch>;

/** Q validators seal every block. */
async function sealersOf(network: LocalNetwork): Promise<(block: Executed) => Certificate> {
  const { document, genesis } = network.completed;
  const passphrase = readPassphrase(examplePassphraseFileOf(network.directory));
  const sorted = [...genesis.validators].slice(0, quorum(document.validators.length));
  const keys = await Promise.all(
    sorted.map(async ({ id }) => {
      const { seed } = await readKeyFile(consensusKeyFileOf(network.directory, id), passphrase);
      return { validator: id, secretKey: keyPairOf(seed).secretKey };
    }),
  );
  return ({ height, hash }) => {
    const seal = { epoch: genesis.header.nextEpoch, height, block: hash };
    const bytes = sealSigningBytes(genesis.network, seal);
    const seals = keys.map(({ validator, secretKey }) => ({
      validator,
      signature: signWithSodium(secretKey, bytes) as Signature,
    }));
    return { ...seal, seals };
  };
}

function append(
  { blocks, state }: Storage,
  block: Executed,
  certificate: Certificate,
  batch: Batch,
  transactions: readonly Transaction[],
): Promise<void> {
  return new Promise((resolve) => {
    const envelopes = transactions.map(({ envelope }) => envelope);
    blocks.append(block, certificate, batch, envelopes, () => {
      state.certified(block.height);
      resolve();
    });
  });
}
