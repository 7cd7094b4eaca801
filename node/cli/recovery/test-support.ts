/**
 * A network of four on real files with real signatures, some of whose last blocks were sealed and never certified: what
 * the tests of a recovery begin with. Its seeds are names.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../../shared/codec/hex.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import { recoverySigningBytes } from '../../../shared/codec/recovery.ts';
import { toUtf8 } from '../../../shared/codec/utf8.ts';
import { sha256 } from '../../../shared/crypto/sha256.ts';
import type {
  IdentityId,
  Incarnation,
  MemberId,
  NetworkId,
  Nonce,
  PublicKey,
  Signature,
  ValidatorId,
} from '../../../shared/types/brands.ts';
import { defaultConsent } from '../../../shared/types/governance.ts';
import type { CborValue, Certificate, GenesisDocument, Transaction } from '../../../shared/types/ledger.ts';
import { defaultParameters } from '../../../shared/types/parameters.ts';
import type { RecoverySignature } from '../../../shared/types/recovery.ts';
import { writeGenesis } from '../../config/genesis-file.ts';
import { nodeYamlText } from '../../config/node-yaml.ts';
import { writeKeyFile } from '../../crypto/key-files.ts';
import { keyPairOf, signWithSodium, verifyWithSodium } from '../../crypto/sodium.ts';
import { executeBlock } from '../../ledger/execute.ts';
import { appendOf, createChain, type MemoryChain, startTime } from '../../ledger/test-support.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import { createStores, openStorage } from '../../storage/storage.ts';
import { collectingLog } from '../../storage/test-support.ts';
import type { CliIo } from '../io.ts';
import { openStoppedNode, type StoppedNode } from './stopped-node.ts';

export const seedOf = (name: string): Uint8Array => sha256(toUtf8(name));
export const keyOf = (name: string): PublicKey => toHex(keyPairOf(seedOf(name)).publicKey) as PublicKey;
export const sign = (name: string, message: Uint8Array): Signature =>
  signWithSodium(keyPairOf(seedOf(name)).secretKey, message) as Signature;
const incarnationOf = (id: string): Incarnation => toHex(seedOf(`${id} store`)).slice(0, 32) as Incarnation;

const ids = ['v1', 'v2', 'v3', 'v4'] as const;
const memberOf = (id: string): MemberId => `m${id.slice(1)}` as MemberId;

const document: GenesisDocument = {
  version: 2,
  name: 'recovery',
  time: startTime,
  parameters: defaultParameters,
  members: ids.map((id) => ({ id: memberOf(id), name: `Member of ${id}` })),
  validators: ids.map((id, index) => ({
    id: id as ValidatorId,
    member: memberOf(id),
    consensusKey: keyOf(`${id} consensus`),
    nodeKey: keyOf(`${id} node`),
    address: `wss://127.0.0.1:${22_500 + index}`,
    gateway: `http://127.0.0.1:${22_550 + index}`,
    incarnation: incarnationOf(id),
  })),
  identities: ids.flatMap((id) => {
    const admin = `${memberOf(id)}.admin`;
    const clerk = `${memberOf(id)}.clerk`;
    return [
      { id: admin as IdentityId, member: memberOf(id), key: keyOf(admin), roles: ['admin'] as const },
      { id: clerk as IdentityId, member: memberOf(id), key: keyOf(clerk), roles: ['submitter'] as const },
    ];
  }),
  ...defaultConsent,
};

export interface Made {
  readonly block: ExecutedBlock;
  readonly transactions: readonly Transaction[];
  readonly certificate: Certificate;
}

/** A chain of blocks with one append each, certified by v1, v2 and v3. */
export class Story {
  readonly chain: MemoryChain = createChain(document);
  readonly blocks: Made[] = [];
  #time = startTime;

  get network(): NetworkId {
    return this.chain.genesis.network;
  }

  /** One more block. */
  block(change: { readonly time?: number; readonly sender?: string; readonly forged?: boolean } = {}): Made {
    this.#time += 1_000;
    const { time = this.#time, sender = 'm1.clerk', forged = false } = change;
    const event = `event-${this.blocks.length}-${sender}`;
    const transactions = [this.transaction(sender, appendOf('orders', event), time + 60_000, forged)];
    const input = this.chain.input(transactions, time);
    const block = executeBlock({ ...input, verifySignature: verifyWithSodium });
    this.chain.apply(block);
    const made = { block, transactions, certificate: certificateOf(this.network, block) };
    this.blocks.push(made);
    return made;
  }

  transaction(sender: string, args: CborValue, expiresAt: number, forged: boolean): Transaction {
    const body = encodeTransactionBody({
      version: 1,
      network: this.network,
      sender: keyOf(sender),
      nonce: toHex(seedOf(`${sender} ${this.blocks.length}`)).slice(0, 32) as Nonce,
      expiresAt,
      action: 'streams.append',
      args,
    });
    const signature = sign(forged ? 'somebody else' : sender, transactionSigningBytes(this.network, body));
    return decodeEnvelope(encodeEnvelope(body, signature));
  }
}

export function certificateOf(network: NetworkId, { header, height, hash }: ExecutedBlock): Certificate {
  const content = { epoch: header.epoch, height, block: hash };
  const seals = (['v1', 'v2', 'v3'] as ValidatorId[]).map((validator) => ({
    validator,
    signature: sign(`${validator} consensus`, sealSigningBytes(network, content)),
  }));
  return { ...content, seals };
}

export const batchOf = ({ block, transactions }: Made) => ({
  time: block.header.time,
  proposer: 'v1' as ValidatorId,
  ids: transactions.map(({ id }) => id),
});

/** `folder` becomes the machine of a validator: genesis, keys, node.yaml, an empty ledger. */
export async function createMachine(folder: string, id: string): Promise<string> {
  const storage = join(folder, id);
  mkdirSync(storage, { recursive: true });
  writeGenesis(join(folder, 'genesis'), document);
  const passphrase = join(folder, 'passphrase');
  writeFileSync(passphrase, 'open sesame, please\n');
  for (const kind of ['consensus', 'node'])
    await writeKeyFile(join(folder, `${id}.${kind}.age`), seedOf(`${id} ${kind}`), 'open sesame, please', {
      workFactor: 4,
    });
  const index = Number(id.slice(1)) - 1;
  const nodeFile = join(storage, 'node.yaml');
  writeFileSync(
    nodeFile,
    nodeYamlText({
      validator: id,
      genesis: '../genesis',
      storage: '.',
      keys: {
        consensus: `../${id}.consensus.age`,
        node: `../${id}.node.age`,
        passphrase_file: '../passphrase',
      },
      links: { listen: `127.0.0.1:${22_500 + index}` },
      gateway: { listen: `127.0.0.1:${22_550 + index}` },
    }),
  );
  createStores(storage, incarnationOf(id));
  return nodeFile;
}

/** Blocks of the story: the first ones certified here, then those that this validator sealed. */
export async function fill(
  nodeFile: string,
  story: Story,
  { certified, sealed }: { readonly certified: number; readonly sealed: number },
): Promise<void> {
  const directory = join(nodeFile, '..');
  const storage = openStorage(directory, {
    genesis: story.chain.genesis,
    log: collectingLog(),
    fatal: (code) => {
      throw new Error(code);
    },
  });
  const known = storage.blocks.tip().height;
  for (const made of story.blocks.slice(known, certified)) {
    const { block, certificate, transactions } = made;
    storage.state.apply(block);
    const envelopes = transactions.map(({ envelope }) => envelope);
    await new Promise<void>((done) =>
      storage.blocks.append(block, certificate, batchOf(made), envelopes, done),
    );
    storage.state.certified(block.height);
  }
  const records = story.blocks.slice(certified, sealed).flatMap((made) => {
    const { block, transactions } = made;
    const { height, hash, header } = block;
    return [
      {
        kind: 'batch' as const,
        digest: header.batch,
        batch: batchOf(made),
        envelopes: transactions.map(({ envelope }) => envelope),
      },
      { kind: 'ordered' as const, height, batch: header.batch },
      { kind: 'seal' as const, epoch: header.epoch, height, block: hash },
    ];
  });
  if (records.length > 0) await new Promise<void>((done) => storage.votes.persist(records, done));
  storage.close();
}

const silent: CliIo = { out: () => {}, err: () => {}, terminal: null, pipe: null, nowMs: () => startTime };

export const opened = (nodeFile: string): StoppedNode => openStoppedNode(silent, nodeFile);

/** Opens, works, closes. */
export async function atNode<Answer>(
  nodeFile: string,
  work: (node: StoppedNode) => Answer | Promise<Answer>,
): Promise<Answer> {
  const node = opened(nodeFile);
  try {
    return await work(node);
  } finally {
    node.close();
  }
}

export const signedBy = (network: NetworkId, content: Uint8Array, identity: string): RecoverySignature => ({
  identity: identity as IdentityId,
  signature: sign(identity, recoverySigningBytes(network, content)),
});
