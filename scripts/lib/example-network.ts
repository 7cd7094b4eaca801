/**
 * A small network with fixed keys, real signatures and real roots: the worked example of docs/data-formats.md,
 * and what the tests of verification take apart. Its seeds are public: never use them.
 */

import { encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import {
  batchDigest,
  encodeEnvelope,
  encodeEvents,
  encodeHeader,
  encodeOutcome,
  encodeTransactionBody,
  eventsDigest,
  genesisDocumentDigest,
  headerHash,
  transactionId,
  transactionSigningBytes,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import { publicKeyOf, signNoble } from '../../shared/crypto/ed25519.ts';
import {
  appendLeaf,
  emptyFrontier,
  type Frontier,
  frontierRoot,
  inclusionProof,
  merkleRoot,
} from '../../shared/crypto/merkle.ts';
import {
  emptyTreeRoot,
  keyDigest,
  proveKey,
  type SparseMerkleProof,
  type TreeNode,
  updateTree,
  valueDigest,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import { quorum } from '../../shared/protocol/quorum.ts';
import {
  type BatchDigest,
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type Incarnation,
  type MemberId,
  type NetworkId,
  type Nonce,
  type PublicKey,
  type ValidatorId,
  zeroDigest,
} from '../../shared/types/brands.ts';
import { defaultConsent } from '../../shared/types/governance.ts';
import type {
  Batch,
  Certificate,
  CertifiedLink,
  GenesisDocument,
  Header,
  ProofPack,
  Receipt,
  ValidatorSet,
} from '../../shared/types/ledger.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';

const startTime = 1_767_225_600_000;
const clientSeed = new Uint8Array(32).fill(0x63);
/** The seed of validator number i is 32 bytes of value i. */
const validatorSeed = (i: number): Uint8Array => new Uint8Array(32).fill(i);

/** Validators first…first+count−1, each of a member of its own. */
const validatorSet = (first: number, count: number): ValidatorSet =>
  Array.from({ length: count }, (_, k) => ({
    id: `validator-${first + k}` as ValidatorId,
    member: `member-${first + k}` as MemberId,
    consensusKey: toHex(publicKeyOf(validatorSeed(first + k))) as PublicKey,
  }));

const numberOf = (id: ValidatorId): number => Number(id.split('-')[1]);

export interface ExampleBlock {
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly hash: BlockHash;
  /** Absent at genesis. */
  readonly certificate?: Certificate;
  /** Absent at genesis. */
  readonly batch?: Batch;
  readonly envelopes: readonly Uint8Array[];
  readonly outcomes: readonly Uint8Array[];
  /** The set that sealed it. */
  readonly validators: ValidatorSet;
}

export interface ExampleNetwork {
  readonly network: NetworkId;
  readonly document: GenesisDocument;
  readonly blocks: readonly ExampleBlock[];
  readonly links: readonly CertifiedLink[];
}

export interface ExampleOptions {
  readonly validators: number;
  /** Each epoch but the last has one block; the set of the next one replaces its first validator. */
  readonly epochs: number;
  /** Transactions in every block but genesis. */
  readonly transactions: number;
}

export const buildExampleNetwork = ({ validators, epochs, transactions }: ExampleOptions): ExampleNetwork => {
  const document = genesisDocument(validatorSet(1, validators));
  const genesis = genesisBlock(document);
  const network = genesis.hash as Digest as NetworkId;
  const blocks = [genesis];
  const links: CertifiedLink[] = [];
  let history = appendLeaf(emptyFrontier, fromHex(genesis.hash));
  for (let epoch = 0; epoch < epochs; epoch++) {
    const set = validatorSet(1 + epoch, validators);
    const nextSet = epoch + 1 < epochs ? validatorSet(2 + epoch, validators) : set;
    const block = nextBlock(blocks.at(-1) as ExampleBlock, {
      network,
      epoch,
      set,
      nextSet,
      transactions,
      history,
    });
    blocks.push(block);
    history = appendLeaf(history, fromHex(block.hash));
    if (epoch + 1 < epochs) {
      links.push({
        header: block.headerBytes,
        certificate: block.certificate as Certificate,
        nextValidators: nextSet,
      });
    }
  }
  return { network, document, blocks, links };
};

const genesisDocument = (set: ValidatorSet): GenesisDocument => ({
  version: 2,
  name: 'worked example',
  time: startTime,
  parameters: defaultParameters,
  members: set.map(({ member }) => ({ id: member, name: `Member ${member}` })),
  validators: set.map((validator) => ({
    ...validator,
    nodeKey: toHex(publicKeyOf(validatorSeed(100 + numberOf(validator.id)))) as PublicKey,
    address: 'wss://127.0.0.1:7101',
    gateway: 'http://127.0.0.1:8101',
    incarnation: '00112233445566778899aabbccddeeff' as Incarnation,
  })),
  identities: [],
  ...defaultConsent,
});

const genesisBlock = (document: GenesisDocument): ExampleBlock => {
  const validators = document.validators.map(({ id, member, consensusKey }) => ({
    id,
    member,
    consensusKey,
  }));
  const set = validatorSetDigest(validators);
  const header: Header = {
    version: 1,
    network: '',
    epoch: epochOf(0),
    nextEpoch: epochOf(0),
    height: heightOf(0),
    parent: zeroDigest as BlockHash,
    time: document.time,
    proposer: '',
    batch: genesisDocumentDigest(document) as string as BatchDigest,
    transactions: merkleRoot([]),
    outcomes: merkleRoot([]),
    state: emptyTreeRoot,
    history: frontierRoot(emptyFrontier),
    validators: set,
    nextValidators: set,
  };
  const headerBytes = encodeHeader(header);
  return { header, headerBytes, hash: headerHash(headerBytes), envelopes: [], outcomes: [], validators };
};

interface BlockOptions {
  readonly network: NetworkId;
  readonly epoch: number;
  readonly set: ValidatorSet;
  readonly nextSet: ValidatorSet;
  readonly transactions: number;
  readonly history: Frontier;
}

const nextBlock = (parent: ExampleBlock, options: BlockOptions): ExampleBlock => {
  const { network, epoch, set, nextSet, history } = options;
  const height = parent.header.height + 1;
  const envelopes = Array.from({ length: options.transactions }, (_, i) => envelopeOf(network, height, i));
  const ids = envelopes.map(transactionId);
  const outcomes = ids.map((transaction, i) =>
    i % 3 === 2
      ? encodeOutcome({
          transaction,
          status: 'failed',
          rejection: { code: 'wrong-expected-revision', facts: { expected: 7, actual: 2 } },
        })
      : encodeOutcome({ transaction, status: 'succeeded', events: eventsDigest(encodeEvents([])) }),
  );
  const batch: Batch = { time: startTime + 1000 * height, proposer: set[0]!.id, ids };
  const header: Header = {
    version: 1,
    network,
    epoch: epochOf(epoch),
    nextEpoch: epochOf(nextSet === set ? epoch : epoch + 1),
    height: heightOf(height),
    parent: parent.hash,
    time: batch.time,
    proposer: batch.proposer,
    batch: batchDigest(batch),
    transactions: merkleRoot(ids.map(fromHex)),
    outcomes: merkleRoot(outcomes),
    state: exampleState.root,
    history: frontierRoot(history),
    validators: validatorSetDigest(set),
    nextValidators: validatorSetDigest(nextSet),
  };
  const headerBytes = encodeHeader(header);
  const hash = headerHash(headerBytes);
  const certificate = certify(network, { epoch: header.epoch, height: header.height, block: hash }, set);
  return { header, headerBytes, hash, certificate, batch, envelopes, outcomes, validators: set };
};

const envelopeOf = (network: NetworkId, height: number, i: number): Uint8Array => {
  const body = encodeTransactionBody({
    version: 1,
    network,
    sender: toHex(publicKeyOf(clientSeed)) as PublicKey,
    nonce: `${height}${i}`.padStart(32, '0') as Nonce,
    expiresAt: startTime + 600_000,
    action: 'streams.append',
    // 2^53 as an integer and as a double: two values, each with an encoding of its own.
    args: {
      stream: 'orders/å',
      amount: 2n ** 53n,
      weight: 2 ** 53,
      debt: -(2n ** 53n) - 1n,
      share: 0.5,
      none: null,
      flags: [true, -1],
    },
  });
  return encodeEnvelope(body, signNoble(clientSeed, transactionSigningBytes(network, body)));
};

/** Sealed by the first Q validators of the set. */
export const certify = (
  network: NetworkId,
  seal: Omit<Certificate, 'seals'>,
  set: ValidatorSet,
  signers: number = quorum(set.length),
): Certificate => ({
  ...seal,
  seals: set.slice(0, signers).map(({ id }) => ({
    validator: id,
    signature: signNoble(validatorSeed(numberOf(id)), sealSigningBytes(network, seal)),
  })),
});

/** State of every example block: three keys. */
export const exampleEntries: readonly (readonly [key: string, value: Uint8Array])[] = [
  ['streams/orders/å', encode({ revision: 1 })],
  ['assets/coal', encode({ supply: 1000n })],
  ['identities/anna', toUtf8('anna')],
];
const exampleState = updateTree(
  () => undefined,
  exampleEntries.map(([key, value]) => [keyDigest(key), valueDigest(value)] as const),
);
export const proveExampleKey = (key: string): SparseMerkleProof =>
  proveKey((path): TreeNode | undefined => exampleState.nodes.get(path), keyDigest(key));

/** Receipt of a transaction by its position in a block. */
export const exampleReceipt = (block: ExampleBlock, index: number): Receipt => ({
  header: block.headerBytes,
  certificate: block.certificate as Certificate,
  envelope: block.envelopes[index]!,
  outcome: block.outcomes[index]!,
  transactionProof: inclusionProof(block.envelopes.map(transactionId).map(fromHex), index),
  outcomeProof: inclusionProof(block.outcomes, index),
});

/** Pack of a transaction of the last block. */
export const examplePack = ({ blocks, links }: ExampleNetwork, index: number): ProofPack => ({
  version: 1,
  genesis: { header: blocks[0]!.headerBytes, validators: blocks[0]!.validators },
  epochs: links,
  receipt: exampleReceipt(blocks.at(-1) as ExampleBlock, index),
});
