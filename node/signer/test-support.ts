/** A signer over the example network of `scripts/lib`, whose seeds are public. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildExampleNetwork } from '../../scripts/lib/example-network.ts';
import { encodeEpochLink } from '../../shared/codec/ledger.ts';
import { sealSigningBytes, voteSigningBytes } from '../../shared/codec/messages.ts';
import type { NetworkId, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { SlotContent, VoteKind } from '../../shared/types/messages.ts';
import { keyPairOf, signWithSodium, verifyWithSodium } from '../crypto/sodium.ts';
import { createEpochChain } from './epoch-chain.ts';
import { createSigner, type Signer } from './signer.ts';
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

export interface Bench {
  readonly folder: string;
  readonly file: string;
  /** As after a restart: everything is read from disk again. */
  open(id?: string): Promise<Signer>;
  cleanUp(): void;
}

/** The vote book of one validator, in a directory of its own. */
export function createBench(id: string): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'concordat-signer-'));
  const file = join(folder, 'signer.db');
  createVoteBook(file, { network, validator: id });
  const closers: (() => void)[] = [];
  const closeAll = (): void => {
    for (const close of closers.splice(0)) close();
  };
  return {
    folder,
    file,
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
      const { secretKey } = keyPairOf(seedOf(id));
      const keys = new Map([[keyOf(id), (bytes: Uint8Array) => signWithSodium(secretKey, bytes)]]);
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
