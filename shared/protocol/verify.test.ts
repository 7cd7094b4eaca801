import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildExampleNetwork,
  certify,
  exampleEntries,
  examplePack,
  exampleReceipt,
  proveExampleKey,
} from '../../scripts/lib/example-network.ts';
import { encode } from '../codec/dag-cbor.ts';
import { fromHex, toHex } from '../codec/hex.ts';
import {
  decodeProofPack,
  encodeHeader,
  encodeOutcome,
  encodeProofPack,
  encodeReceipt,
  headerHash,
  transactionId,
} from '../codec/ledger.ts';
import { makeWebCryptoVerifier, type SubtleVerifier, type VerifySignature } from '../crypto/ed25519.ts';
import { consistencyProof, inclusionProof } from '../crypto/merkle.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type Signature,
  type ValidatorId,
} from '../types/brands.ts';
import type { Certificate, Header, ProofPack } from '../types/ledger.ts';
import type { Verification } from './checks.ts';
import { observeCertificate } from './light-client.ts';
import { verifyCertificate } from './verify-certificate.ts';
import { verifyHistoryConsistency, verifyHistoryInclusion } from './verify-history.ts';
import { verifyProofPack } from './verify-pack.ts';
import { verifyReceipt } from './verify-receipt.ts';
import { verifyGenesisStateEntry, verifyStateEntry } from './verify-state.ts';

const verifySignature: VerifySignature = makeWebCryptoVerifier(
  globalThis.crypto.subtle as unknown as SubtleVerifier<unknown>,
);
const example = buildExampleNetwork({ validators: 4, epochs: 3, transactions: 5 });
const { network } = example;
const pack = examplePack(example, 3);
const lastBlock = example.blocks.at(-1)!;
const certificate = lastBlock.certificate as Certificate;
const trusted = { network, epoch: certificate.epoch, validators: lastBlock.validators };

const verdict = ({ ok, checks }: Verification): string =>
  ok ? 'verified' : checks.filter((check) => !check.ok).map((check) => `${check.id}: ${check.reason}`)[0]!;
const packVerdict = async (changed: ProofPack, id: NetworkId = network): Promise<string> =>
  verdict(await verifyProofPack(encodeProofPack(changed), id, verifySignature));
const certificateVerdict = async (changed: Certificate): Promise<string> =>
  verdict(await verifyCertificate(changed, trusted, verifySignature));

const withReceipt = (change: Partial<ProofPack['receipt']>): ProofPack => ({
  ...pack,
  receipt: { ...pack.receipt, ...change },
});
/** The last block's header changed, and sealed anew by the same set: only the change can be what fails. */
const resealed = (change: Partial<Header>): ProofPack => {
  const header = { ...lastBlock.header, ...change };
  const bytes = encodeHeader(header);
  const seal = { epoch: header.epoch, height: header.height, block: headerHash(bytes) };
  return withReceipt({ header: bytes, certificate: certify(network, seal, lastBlock.validators) });
};
const resealedLink = (change: Partial<Header>): ProofPack => {
  const block = example.blocks[1]!;
  const header = { ...block.header, ...change };
  const bytes = encodeHeader(header);
  const seal = { epoch: header.epoch, height: header.height, block: headerHash(bytes) };
  const link = { ...pack.epochs[0]!, header: bytes, certificate: certify(network, seal, block.validators) };
  return { ...pack, epochs: [link, ...pack.epochs.slice(1)] };
};
const flipped = (bytes: Uint8Array, at = 0): Uint8Array => bytes.with(at, bytes[at]! ^ 1);
const otherDigest = 'ab'.repeat(32) as Digest;

describe('proof packs', () => {
  test.each([1, 2, 3, 4, 7])('a pack of a network of %i validators is verified', async (validators) => {
    const small = buildExampleNetwork({ validators, epochs: 2, transactions: 3 });
    for (let index = 0; index < 3; index++) {
      const result = await verifyProofPack(
        encodeProofPack(examplePack(small, index)),
        small.network,
        verifySignature,
      );
      expect(verdict(result)).toBe('verified');
      expect(result.checks.map((check) => check.id)).toEqual([
        'decode',
        'leaf',
        'path',
        'header',
        'quorum',
        'history',
      ]);
    }
  });

  test('the path can be drawn: each step hashes up to the root in the header', async () => {
    const result = await verifyProofPack(encodeProofPack(pack), network, verifySignature);
    const paths = result.checks.find((check) => check.id === 'path')?.paths;
    expect(paths?.map((path) => path.steps.length)).toEqual([3, 3]);
    expect(paths?.[0]?.steps.at(-1)?.hash).toBe(lastBlock.header.transactions);
    expect(paths?.[0]?.steps.map((step) => step.side)).toEqual(['left', 'left', 'right']);
    expect(result.trusted?.epoch).toBe(2);
  });

  test('flipping any one bit breaks it', async () => {
    const bytes = encodeProofPack(pack);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const result = await verifyProofPack(
          bytes.with(at, bytes[at]! ^ (1 << bit)),
          network,
          verifySignature,
        );
        expect(result.ok).toBe(false);
      }),
      { numRuns: 400 },
    );
  });

  test('any bytes are an answer, not an exception', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(verdict(await verifyProofPack(bytes, network, verifySignature))).toBe('decode: malformed');
        expect(verdict(await verifyReceipt(bytes, trusted, verifySignature))).toBe('decode: malformed');
      }),
    );
  });

  test('another network id proves nothing', async () => {
    expect(await packVerdict(pack, otherDigest as unknown as NetworkId)).toBe('leaf: not-reached');
    const result = await verifyProofPack(encodeProofPack(pack), 'x' as NetworkId, verifySignature);
    expect(result.checks.at(-1)?.reason).toBe('genesis-hash');
  });

  const cases: [string, () => ProofPack, string][] = [
    [
      'a foreign transaction',
      () => withReceipt({ envelope: lastBlock.envelopes[2]! }),
      'leaf: wrong-transaction',
    ],
    ['a foreign outcome', () => withReceipt({ outcome: lastBlock.outcomes[2]! }), 'leaf: wrong-transaction'],
    [
      'another outcome for the same transaction',
      () =>
        withReceipt({
          outcome: encodeOutcome({
            transaction: transactionId(pack.receipt.envelope),
            status: 'succeeded',
            events: otherDigest,
          }),
        }),
      'path: root',
    ],
    [
      'a proof of another position',
      () => withReceipt({ transactionProof: { ...pack.receipt.transactionProof, index: 2 } }),
      'path: proof-position',
    ],
    [
      'a proof that is too long',
      () =>
        withReceipt({
          outcomeProof: {
            ...pack.receipt.outcomeProof,
            path: [...pack.receipt.outcomeProof.path, otherDigest],
          },
        }),
      'path: proof-form',
    ],
    ['another root of transactions', () => resealed({ transactions: otherDigest }), 'path: root'],
    ['another root of outcomes', () => resealed({ outcomes: otherDigest }), 'path: root'],
    [
      'a header of another network',
      () => resealed({ network: otherDigest as unknown as NetworkId }),
      'header: wrong-network',
    ],
    ['a header of another set', () => resealed({ validators: otherDigest }), 'quorum: validator-set'],
    ['a header of another epoch', () => resealed({ epoch: epochOf(1) }), 'quorum: epoch'],
    ['a block not above the last epoch', () => resealed({ height: heightOf(2) }), 'history: height'],
    [
      'a header that nobody sealed',
      () => withReceipt({ header: encodeHeader({ ...lastBlock.header, time: 1 }) }),
      'header: block-hash',
    ],
    [
      'a certificate of another height',
      () => withReceipt({ certificate: { ...certificate, height: heightOf(9) } }),
      'header: height',
    ],
    ['a missing epoch', () => ({ ...pack, epochs: pack.epochs.slice(0, 1) }), 'quorum: validator-set'],
    ['no epochs', () => ({ ...pack, epochs: [] }), 'quorum: validator-set'],
    ['epochs out of order', () => ({ ...pack, epochs: pack.epochs.toReversed() }), 'quorum: not-reached'],
    [
      'an epoch with another next set',
      () => ({
        ...pack,
        epochs: [{ ...pack.epochs[0]!, nextValidators: trusted.validators }, pack.epochs[1]!],
      }),
      'quorum: not-reached',
    ],
    [
      'a handover by a block that is not the last',
      () => resealedLink({ nextEpoch: epochOf(0) }),
      'quorum: not-reached',
    ],
    ['a handover that skips an epoch', () => resealedLink({ nextEpoch: epochOf(2) }), 'quorum: not-reached'],
    ['a handover at height 0', () => resealedLink({ height: heightOf(0) }), 'decode: malformed'],
    [
      'another genesis set',
      () => ({ ...pack, genesis: { ...pack.genesis, validators: trusted.validators } }),
      'quorum: not-reached',
    ],
    [
      'another genesis',
      () => ({
        ...pack,
        genesis: { ...pack.genesis, header: encodeHeader({ ...example.blocks[0]!.header, time: 1 }) },
      }),
      'leaf: not-reached',
    ],
  ];
  test.each(cases)('%s is refused', async (_name, build, expected) => {
    expect(await packVerdict(build())).toBe(expected);
  });

  test('a transaction whose own signature is wrong is refused, whatever the quorum says', async () => {
    const one = buildExampleNetwork({ validators: 1, epochs: 1, transactions: 1 });
    const forged = await verifyProofPack(
      encodeProofPack(examplePack(one, 0)),
      one.network,
      async (key, message, signature) =>
        toHex(key) === one.document.validators[0]?.consensusKey && verifySignature(key, message, signature),
    );
    expect(verdict(forged)).toBe('leaf: client-signature');
  });

  test('decoding is strict: no key more, none fewer', () => {
    const open = decodeProofPack(encodeProofPack(pack));
    expect(toHex(encodeProofPack(open))).toBe(toHex(encodeProofPack(pack)));
    expect(() => decodeProofPack(encode({ version: 1 }))).toThrow('missing-key at pack');
    expect(() => decodeProofPack(encode({ version: 2, genesis: 0, epochs: 0, receipt: 0 }))).toThrow(
      'pack.genesis',
    );
  });
});

describe('certificates', () => {
  const sealsOf = (count: number): Certificate => certify(network, certificate, lastBlock.validators, count);

  test('Q and more seals are enough, fewer are not', async () => {
    expect(await certificateVerdict(sealsOf(4))).toBe('verified');
    expect(await certificateVerdict(sealsOf(3))).toBe('verified');
    expect(await certificateVerdict(sealsOf(2))).toBe('quorum: too-few-signers');
    expect(await certificateVerdict(sealsOf(0))).toBe('quorum: too-few-signers');
  });

  test('one signer twice, signers out of order, and strangers are refused', async () => {
    const [first, second, third] = certificate.seals;
    expect(await certificateVerdict({ ...certificate, seals: [first!, first!, second!] })).toBe(
      'quorum: signer-order',
    );
    expect(await certificateVerdict({ ...certificate, seals: [second!, first!, third!] })).toBe(
      'quorum: signer-order',
    );
    const stranger = { ...third!, validator: 'validator-9' as ValidatorId };
    expect(await certificateVerdict({ ...certificate, seals: [first!, second!, stranger] })).toBe(
      'quorum: unknown-signer',
    );
  });

  test('every seal must be valid, for this block, height, epoch and network', async () => {
    const [first, ...others] = certificate.seals;
    const broken = { ...first!, signature: flipped(first!.signature) as Signature };
    expect(await certificateVerdict({ ...certificate, seals: [broken, ...others] })).toBe(
      'quorum: seal-signature',
    );
    expect(await certificateVerdict({ ...certificate, height: heightOf(8) })).toBe('quorum: seal-signature');
    expect(await certificateVerdict({ ...certificate, block: otherDigest as BlockHash })).toBe(
      'quorum: seal-signature',
    );
    expect(await certificateVerdict({ ...certificate, epoch: epochOf(1) })).toBe('quorum: epoch');
    const elsewhere = { ...trusted, network: otherDigest as unknown as NetworkId };
    expect(verdict(await verifyCertificate(certificate, elsewhere, verifySignature))).toBe(
      'quorum: seal-signature',
    );
  });

  test('a set with one key under two ids certifies nothing', async () => {
    const [first, second, ...others] = trusted.validators;
    const twice = {
      ...trusted,
      validators: [first!, { ...second!, consensusKey: first!.consensusKey }, ...others],
    };
    const [seal, ...seals] = certificate.seals;
    const both = [seal!, { ...seal!, validator: second!.id }, ...seals.slice(1)];
    const result = await verifyCertificate({ ...certificate, seals: both }, twice, verifySignature);
    expect(verdict(result)).toBe('quorum: validator-set');
  });

  test('an empty set certifies nothing', async () => {
    const nobody = { ...trusted, validators: [] };
    const empty = { ...certificate, seals: [] };
    expect(verdict(await verifyCertificate(empty, nobody, verifySignature))).toBe('quorum: validator-set');
  });
});

test('a receipt is verified against a trusted set, and against no other', async () => {
  const bytes = encodeReceipt(exampleReceipt(lastBlock, 0));
  expect(verdict(await verifyReceipt(bytes, trusted, verifySignature))).toBe('verified');
  const other = { ...trusted, validators: example.blocks[1]!.validators };
  expect(verdict(await verifyReceipt(bytes, other, verifySignature))).toBe('quorum: validator-set');
});

describe('state and history', () => {
  const entry = { header: lastBlock.headerBytes, certificate };

  test('presence and absence of a key in certified state', async () => {
    for (const [key, value] of exampleEntries) {
      const proof = proveExampleKey(key);
      expect(verdict(await verifyStateEntry({ ...entry, key, value, proof }, trusted, verifySignature))).toBe(
        'verified',
      );
      expect(verdict(await verifyStateEntry({ ...entry, key, proof }, trusted, verifySignature))).toBe(
        'path: root',
      );
      const changed = { ...entry, key, value: flipped(value), proof };
      expect(verdict(await verifyStateEntry(changed, trusted, verifySignature))).toBe('path: root');
    }
    const absent = { ...entry, key: 'nothing', proof: proveExampleKey('nothing') };
    expect(verdict(await verifyStateEntry(absent, trusted, verifySignature))).toBe('verified');
    const garbage = { ...absent, header: Uint8Array.of(1) };
    expect(verdict(await verifyStateEntry(garbage, trusted, verifySignature))).toBe('decode: malformed');
  });

  test('in the state of genesis no seals are needed: its block is the one that the network id names', () => {
    const header = lastBlock.headerBytes;
    const pinned = lastBlock.hash as string as NetworkId;
    for (const [key, value] of exampleEntries) {
      const claim = { header, key, value, proof: proveExampleKey(key) };
      expect(verdict(verifyGenesisStateEntry(claim, pinned))).toBe('verified');
      expect(verdict(verifyGenesisStateEntry(claim, trusted.network))).toBe('header: genesis-hash');
      const changed = { ...claim, value: flipped(value) };
      expect(verdict(verifyGenesisStateEntry(changed, pinned))).toBe('path: root');
    }
    const garbage = { header: Uint8Array.of(1), key: 'nothing', proof: proveExampleKey('nothing') };
    expect(verdict(verifyGenesisStateEntry(garbage, pinned))).toBe('decode: malformed');
  });

  test('who knows the heights of the epoch refuses an entry of a block outside of them', async () => {
    const key = 'nothing';
    const absent = { ...entry, key, proof: proveExampleKey(key) };
    const firstHeight = heightOf(2);
    const known = { ...trusted, firstHeight };
    expect(verdict(await verifyStateEntry(absent, known, verifySignature))).toBe('verified');
    const ended = { ...known, lastHeight: heightOf(lastBlock.header.height - 1) };
    expect(verdict(await verifyStateEntry(absent, ended, verifySignature))).toBe('history: height');
    const later = { ...trusted, firstHeight: heightOf(lastBlock.header.height + 1) };
    expect(verdict(await verifyStateEntry(absent, later, verifySignature))).toBe('history: height');
  });

  test('old blocks are below a new one, and nothing was removed between two', () => {
    const hashes = example.blocks.map((block) => fromHex(block.hash));
    const below = hashes.slice(0, lastBlock.header.height);
    for (const block of example.blocks.slice(0, -1)) {
      const { height } = block.header;
      const proof = inclusionProof(below, height);
      expect(verifyHistoryInclusion({ height, hash: block.hash }, proof, lastBlock.header).ok).toBe(true);
      expect(verifyHistoryInclusion({ height, hash: lastBlock.hash }, proof, lastBlock.header).ok).toBe(
        false,
      );
      expect(
        verifyHistoryInclusion({ height: heightOf(7), hash: block.hash }, proof, lastBlock.header).ok,
      ).toBe(false);
      const consistency = consistencyProof(below, height);
      expect(verifyHistoryConsistency(block.header, lastBlock.header, consistency).ok).toBe(true);
      const rewritten = { ...block.header, history: otherDigest };
      expect(verifyHistoryConsistency(rewritten, lastBlock.header, consistency).ok).toBe(false);
    }
  });
});

test('a light client moves forward only and refuses contradiction', () => {
  const first = observeCertificate({}, certificate);
  expect(first.kind).toBe('advanced');
  const client = { highest: certificate };
  const at = (height: number, block: Digest): string =>
    observeCertificate(client, { ...certificate, height: heightOf(height), block: block as BlockHash }).kind;
  expect(at(certificate.height, certificate.block)).toBe('unchanged');
  expect(at(certificate.height - 1, otherDigest)).toBe('unchanged');
  expect(at(certificate.height + 1, otherDigest)).toBe('advanced');
  expect(at(certificate.height, otherDigest)).toBe('contradiction');
});
