/** The worked example of docs/data-formats.md, made by the code that the document describes. */

import { encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import {
  batchDigest,
  decodeEnvelope,
  decodeOutcome,
  encodeProofPack,
  encodeValidatorSet,
  transactionSigningBytes,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { leafHash } from '../../shared/crypto/merkle.ts';
import { keyDigest, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { buildExampleNetwork, exampleEntries, examplePack, proveExampleKey } from './example-network.ts';

export const exampleBegin = '<!-- example: written by scripts/data-formats-example.ts -->';
export const exampleEnd = '<!-- end of example -->';

/** The document with its example replaced by what the code yields. Throws if the markers are missing. */
export const withExample = (document: string): string => {
  const begin = document.indexOf(exampleBegin);
  const end = document.indexOf(exampleEnd);
  if (begin < 0 || end < begin) throw new Error('the document lacks the markers of the example');
  return `${document.slice(0, begin + exampleBegin.length)}\n\n${exampleMarkdown()}\n${document.slice(end)}`;
};

const exampleMarkdown = (): string => {
  const example = buildExampleNetwork({ validators: 4, epochs: 2, transactions: 3 });
  const { network } = example;
  const pack = examplePack(example, 1);
  const block = example.blocks.at(-1)!;
  const certificate = block.certificate as Certificate;
  const transaction = decodeEnvelope(pack.receipt.envelope);
  const [key, value] = exampleEntries[0]!;
  const values: [string, string][] = [
    ['network id', network],
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
    ['body of the transaction', toHex(transaction.bodyBytes)],
    ['what its sender signs', toHex(transactionSigningBytes(network, transaction.bodyBytes))],
    ['its signature', toHex(transaction.signature)],
    ['transaction id', transaction.id],
    [
      'batch digest of block 2',
      batchDigest({
        time: block.header.time,
        proposer: block.header.proposer,
        ids: block.outcomes.map((outcome) => decodeOutcome(outcome).transaction),
      }),
    ],
    ['leaf hash of the transaction id', toHex(leafHash(fromHex(transaction.id)))],
    ['its path (index 1 of 3)', pack.receipt.transactionProof.path.join(' ')],
    ['root of transactions in the header', block.header.transactions],
    ['outcome', toHex(pack.receipt.outcome)],
    ['leaf hash of the outcome', toHex(leafHash(pack.receipt.outcome))],
    ['root of outcomes in the header', block.header.outcomes],
    [`digest of the state key \`${key}\``, toHex(keyDigest(key))],
    [`digest of its value ${toHex(value)}`, toHex(valueDigest(value))],
    ['siblings of its proof, from the root down', proveExampleKey(key).siblings.join(' ')],
    ['root of state in the header', block.header.state],
  ];
  const list = values.map(([name, hex]) => `${name}:\n\n${codeBlock(hex)}`);
  return `${list.join('\n')}\nthe whole proof pack, which verifies against the network id above:\n\n${codeBlock(
    toHex(encodeProofPack(pack)),
  )}`;
};

const sealContent = ({ epoch, height, block }: Certificate): Uint8Array =>
  encode({ epoch, height, block: fromHex(block) });

const codeBlock = (hex: string): string => `\`\`\`\n${(hex.match(/.{1,128}/g) ?? []).join('\n')}\n\`\`\`\n`;
