/** The worked example of docs/data-formats.md, made by the code that the document describes. */

import { evidenceOf } from '../../shared/codec/conflict.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { encodeEvidence } from '../../shared/codec/evidence.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import {
  batchDigest,
  decodeEnvelope,
  encodeBatch,
  encodeEvents,
  encodeGenesisDocument,
  encodeProofPack,
  encodeValidatorSet,
  genesisDocumentDigest,
  transactionSigningBytes,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { signNoble } from '../../shared/crypto/ed25519.ts';
import { consistencyProof, inclusionProof, leafHash, merkleRoot } from '../../shared/crypto/merkle.ts';
import { keyDigest, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import { type BlockHash, epochOf, heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate, ProofPack } from '../../shared/types/ledger.ts';
import type { SealMessage } from '../../shared/types/messages.ts';
import {
  buildExampleNetwork,
  type ExampleBlock,
  type ExampleNetwork,
  exampleEntries,
  examplePack,
  proveExampleKey,
} from './example-network.ts';
import { refusedPacks } from './refused-packs.ts';

export const exampleBegin = '<!-- example: written by scripts/data-formats-example.ts -->';
export const exampleEnd = '<!-- end of example -->';

/** The document with its example replaced by what the code yields. Throws if the markers are missing. */
export const withExample = (document: string): string => {
  const begin = document.indexOf(exampleBegin);
  const end = document.indexOf(exampleEnd);
  if (begin < 0 || end < begin) throw new Error('the document lacks the markers of the example');
  return `${document.slice(0, begin + exampleBegin.length)}\n\n${exampleMarkdown()}\n${document.slice(end)}`;
};

/** A heading, and hex, or several digests with spaces between. */
type Value = readonly [name: string, hex: string];

const exampleMarkdown = (): string => {
  const example = buildExampleNetwork({ validators: 4, epochs: 2, transactions: 3 });
  const pack = examplePack(example, 1);
  const values = [
    ...blockValues(example, pack),
    ...transactionValues(example.blocks.at(-1)!, pack),
    ...stateValues(example.blocks.at(-1)!),
    ...consistencyValues(),
    ...evidenceValues(example),
    [
      'the whole proof pack, which verifies against the network id above',
      toHex(encodeProofPack(pack)),
    ] as const,
  ];
  return `${values.map(([name, hex]) => `${name}:\n\n${codeBlock(hex)}`).join('\n')}\n${refusedTable(pack)}`;
};

const blockValues = (example: ExampleNetwork, pack: ProofPack): readonly Value[] => {
  const { network, document } = example;
  const block = example.blocks.at(-1)!;
  const certificate = block.certificate as Certificate;
  return [
    ['network id', network],
    ['genesis document', toHex(encodeGenesisDocument(document))],
    ['digest of that document, `batch` of the genesis header', genesisDocumentDigest(document)],
    ['genesis header', toHex(pack.genesis.header)],
    ['genesis validator set, as CBOR list', toHex(encodeValidatorSet(pack.genesis.validators))],
    ['its digest, `validators` of the genesis header', validatorSetDigest(pack.genesis.validators)],
    ['header of block 1, the last of epoch 0', toHex(pack.epochs[0]!.header)],
    ['its hash, `block` of its certificate', example.blocks[1]!.hash],
    ['header of block 2, epoch 1', toHex(pack.receipt.header)],
    ['its hash, `block` of its certificate', block.hash],
    ["content of that block's seals", toHex(sealContent(certificate))],
    ['what the seals sign', toHex(sealSigningBytes(network, certificate))],
    ["the first seal's signature", toHex(certificate.seals[0]!.signature)],
    ['batch of block 2', toHex(encodeBatch(block.batch!))],
    ['batch digest of block 2', batchDigest(block.batch!)],
  ];
};

const transactionValues = (block: ExampleBlock, { receipt }: ProofPack): readonly Value[] => {
  const transaction = decodeEnvelope(receipt.envelope);
  const { network } = transaction.body;
  return [
    ['body of the transaction', toHex(transaction.bodyBytes)],
    ['what its sender signs', toHex(transactionSigningBytes(network, transaction.bodyBytes))],
    ['its signature', toHex(transaction.signature)],
    ['transaction id', transaction.id],
    ['leaf hash of the transaction id', toHex(leafHash(fromHex(transaction.id)))],
    ['its path (index 1 of 3)', receipt.transactionProof.path.join(' ')],
    ['root of transactions in the header', block.header.transactions],
    ['its events, an empty list', toHex(encodeEvents([]))],
    ['outcome', toHex(receipt.outcome)],
    ['leaf hash of the outcome', toHex(leafHash(receipt.outcome))],
    ['root of outcomes in the header', block.header.outcomes],
    ['outcome of the third transaction of block 2, which failed', toHex(block.outcomes[2]!)],
    ['path of that outcome (index 2 of 3)', inclusionProof(block.outcomes, 2).path.join(' ')],
  ];
};

/** One key that is there, and one for each form of absence. */
const stateValues = ({ header }: ExampleBlock): readonly Value[] => {
  const [key, value] = exampleEntries[0]!;
  const { siblings } = proveExampleKey(key);
  return [
    [`digest of the state key \`${key}\``, toHex(keyDigest(key))],
    [`digest of its value ${toHex(value)}`, toHex(valueDigest(value))],
    ['siblings of its proof, from the root down', siblings.join(' ')],
    ['root of state in the header', header.state],
    ...absentKeys.flatMap(absenceValues),
  ];
};

export const absentKeys = ['assets/iron', 'assets/gold'] as const;

const absenceValues = (key: string): readonly Value[] => {
  const { siblings, otherLeaf } = proveExampleKey(key);
  return [
    [`digest of the absent state key \`${key}\``, toHex(keyDigest(key))],
    [`siblings of the absence proof of \`${key}\``, siblings.join(' ')],
    ...(otherLeaf === undefined
      ? []
      : [[`its \`otherLeaf\`, key and value`, `${otherLeaf.key} ${otherLeaf.value}`] as const]),
  ];
};

/** Of a list of seven leaves, the single bytes 00 to 06. */
const consistencyValues = (): readonly Value[] => {
  const leaves = Array.from({ length: 7 }, (_, i) => Uint8Array.of(i));
  const rootOf = (size: number): Value => [
    `root of the first ${size} of the leaves 00, 01, 02, 03, 04, 05, 06 (one byte each)`,
    merkleRoot(leaves.slice(0, size)),
  ];
  const proofOf = (from: number): Value => [
    `consistency proof from ${from} to 7 of them`,
    consistencyProof(leaves, from).join(' '),
  ];
  return [rootOf(3), rootOf(4), rootOf(7), proofOf(3), proofOf(4)];
};

/** Validator 1 seals the first block, and another block at the same height. */
const evidenceValues = ({ network, blocks }: ExampleNetwork): readonly Value[] => {
  const seals = [blocks[1]!.hash, 'bb'.repeat(32) as BlockHash].map((block): SealMessage => {
    const slot = { epoch: epochOf(0), height: heightOf(1), block };
    const signature = signNoble(new Uint8Array(32).fill(1), sealSigningBytes(network, slot));
    return { kind: 'seal', ...slot, sender: 'validator-1' as ValidatorId, signature };
  });
  const evidence = evidenceOf(seals[0]!, seals[1]!);
  if (evidence === undefined) throw new Error('two seals of one height conflict');
  return [['evidence: two seals of validator-1 for height 1, epoch 0', toHex(encodeEvidence(evidence))]];
};

const refusedTable = (pack: ProofPack): string => {
  const rows = refusedPacks(pack).map(
    ({ offset, removed, inserted, step, why }) =>
      `| ${offset} | ${removed} | ${inserted === '' ? '' : `\`${inserted}\``} | ${why} | ${step} |`,
  );
  const head = '| Offset | Removed | Inserted | What is wrong | First refused at |\n|---|---|---|---|---|';
  return [
    'Each of the following packs is that pack with one edit: at the offset (in bytes, from 0), so many bytes are removed and the hex is put in their place. All must be refused.',
    `${[head, ...rows].join('\n')}\n`,
  ].join('\n\n');
};

const sealContent = ({ epoch, height, block }: Certificate): Uint8Array =>
  encode({ epoch, height, block: fromHex(block) });

const codeBlock = (hex: string): string => `\`\`\`\n${(hex.match(/.{1,128}/g) ?? []).join('\n')}\n\`\`\`\n`;
