/** A signer over the example network of `scripts/lib`, whose seeds are public. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildExampleNetwork } from '../../scripts/lib/example-network.ts';
import { encodeEpochLink, encodeHeader, headerHash, validatorSetDigest } from '../../shared/codec/ledger.ts';
import { sealSigningBytes, voteSigningBytes } from '../../shared/codec/messages.ts';
import {
  epochOf,
  heightOf,
  type NetworkId,
  type PublicKey,
  type Signature,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { ValidatorSet } from '../../shared/types/ledger.ts';
import type { SlotContent, VoteKind } from '../../shared/types/messages.ts';
import { writeKeyFile } from '../crypto/key-files.ts';
import { openKeyring } from '../crypto/keyring.ts';
import { keyPairOf, signWithSodium, verifyWithSodium } from '../crypto/sodium.ts';
import { createEpochChain } from './epoch-chain.ts';
import { createSigner, type Signer } from './signer.ts';
import { signerKeys } from './signer-keys.ts';
import { createVoteBook, openVoteBook } from './vote-book.ts';

export const example = buildExampleNetwork({ validators: 4, epochs: 3, transactions: 1 });
export const { network } = example;
const [genesis] = example.blocks;
export const genesisOfExample = { header: genesis!.headerBytes, validators: genesis!.validators };
export const links = example.links.map(encodeEpochLink);

/** The example's validator i has 32 bytes of value i as its seed. */
const seedOf = (id: string): Uint8Array => new Uint8Array(32).fill(Number(id.split('-')[1]));
export const keyOf = (id: string): PublicKey =>
  Buffer.from(keyPairOf(seedOf(id)).publicKey).toString('hex') as PublicKey;

/** The hand-over of epoch 0 to this set, as Q of the first set certify it. */
export function linkTo(nextValidators: ValidatorSet): Uint8Array {
  const header = encodeHeader({
    ...example.blocks[1]!.header,
    nextValidators: validatorSetDigest(nextValidators),
  });
  const seal = { epoch: epochOf(0), height: heightOf(1), block: headerHash(header) };
  const seals = genesis!.validators.slice(0, 3).map(({ id }) => {
    const { secretKey } = keyPairOf(seedOf(id));
    const bytes = sealSigningBytes(network, seal);
    return { validator: id, signature: signWithSodium(secretKey, bytes) as Signature };
  });
  return encodeEpochLink({ header, certificate: { ...seal, seals }, nextValidators });
}

/** The first set, in which one validator has another key. */
export const rotatedSet = (id: string, consensusKey: PublicKey): ValidatorSet =>
  genesis!.validators.map((one) => (one.id === id ? { ...one, consensusKey } : one));

export const passphrase = 'example';
/** Of scrypt: tests open keys often. */
const quick = { workFactor: 10 };

export interface Bench {
  readonly folder: string;
  readonly file: string;
  readonly keyFile: string;
  /** As after a restart: everything is read from disk again. */
  open(id?: string): Promise<Signer>;
  cleanUp(): void;
}

/** The vote book of one validator, in a directory of its own. */
export function createBench(id: string): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'concordat-signer-'));
  const file = join(folder, 'signer.db');
  const keyFile = join(folder, 'consensus.age');
  createVoteBook(file, { network, validator: id });
  const closers: (() => void)[] = [];
  const closeAll = (): void => {
    for (const close of closers.splice(0)) close();
  };
  return {
    folder,
    file,
    keyFile,
    async open() {
      closeAll();
      const book = openVoteBook(file, { network, validator: id });
      closers.push(book.close);
      const epochs = createEpochChain({
        network,
        validator: id as ValidatorId,
        genesis: genesisOfExample,
        verifySignature: (key, message, signature) =>
          Promise.resolve(verifyWithSodium(key, message, signature)),
      });
      for (const link of book.links()) await epochs.follow(link);
      if (!existsSync(keyFile)) await writeKeyFile(keyFile, seedOf(id), passphrase, quick);
      const keys = signerKeys(await openKeyring({ files: { consensus: keyFile }, passphrase, ...quick }));
      return createSigner({ network, validator: id as ValidatorId, keys, book, epochs });
    },
    cleanUp() {
      closeAll();
      rmSync(folder, { recursive: true });
    },
  };
}

export const digest = (byte: string): string => byte.repeat(32);

export const vote = (
  kind: VoteKind,
  view: number,
  sequence: number,
  content = '11',
  epoch = 0,
): SlotContent => ({ kind, epoch, view, sequence, content: digest(content) }) as SlotContent;
export const seal = (height: number, block = '22', epoch = 0): SlotContent =>
  ({ kind: 'seal', epoch, height, block: digest(block) }) as SlotContent;

export const bytesOf = (slot: SlotContent, of: NetworkId = network): Uint8Array =>
  slot.kind === 'seal'
    ? sealSigningBytes(of, slot)
    : voteSigningBytes(of, { ...slot, sender: '' as ValidatorId });
