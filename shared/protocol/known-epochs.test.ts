/** Epochs as a verifier comes to know them: link by link, each wrong one refused, and what remembering them refuses. */
import { expect, test } from 'vitest';
import {
  buildExampleNetwork,
  certify,
  type ExampleBlock,
  examplePack,
} from '../../scripts/lib/example-network.ts';
import { encodeHeader, encodeProofPack, headerHash } from '../codec/ledger.ts';
import { verifyNobleAsync as verifySignature } from '../crypto/ed25519.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type Signature,
} from '../types/brands.ts';
import type { CertifiedLink, Header, ProofPack } from '../types/ledger.ts';
import { heldConsensusKeys, type KnownEpochs, sameEpochs, withinEpoch } from './known-epochs.ts';
import { followEpochs, verifyEpochs } from './verify-epochs.ts';
import { verifyProofPack } from './verify-pack.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 6, transactions: 1 });
const { network, blocks, links } = example;
const pack = examplePack(example, 0);

async function founded(genesis = pack.genesis, id = network): Promise<KnownEpochs> {
  const begun = await verifyEpochs(genesis, [], id, verifySignature);
  if (!begun.ok) throw new Error('the example begins well');
  return begun.known;
}

const linkAt = (at: number): CertifiedLink => links[at] as CertifiedLink;
const blockAt = (height: number): ExampleBlock => blocks[height] as ExampleBlock;

/** The link changed and sealed anew by its own set: only the change can be what fails. */
function resealed(at: number, change: Partial<Header>): CertifiedLink {
  const { header, validators } = blockAt(at + 1);
  const changed = { ...header, ...change };
  const bytes = encodeHeader(changed);
  const seal = { epoch: changed.epoch, height: changed.height, block: headerHash(bytes) };
  return { ...linkAt(at), header: bytes, certificate: certify(network, seal, validators) };
}

test('genesis and five links lead through six epochs, each with its set and its heights', async () => {
  const { known, check } = await followEpochs(await founded(), links, verifySignature);
  expect(check).toBeUndefined();
  expect(known.map(({ epoch, firstHeight, lastHeight }) => [epoch, firstHeight, lastHeight])).toEqual([
    [0, 1, 1],
    [1, 2, 2],
    [2, 3, 3],
    [3, 4, 4],
    [4, 5, 5],
    [5, 6, undefined],
  ]);
  expect(known.map(({ validators }) => validators)).toEqual(
    blocks.slice(1).map(({ validators }) => validators),
  );
  const whole = await verifyEpochs(pack.genesis, links, network, verifySignature);
  expect(whole).toMatchObject({ ok: true, known, chain: { sealsAbove: 5, trusted: { epoch: 5 } } });
});

test('links can be followed in any pieces', async () => {
  let known = await founded();
  for (const link of links) known = (await followEpochs(known, [link], verifySignature)).known;
  expect(known).toEqual((await followEpochs(await founded(), links, verifySignature)).known);
});

const otherDigest = 'ab'.repeat(32) as Digest;
const [seal, ...seals] = linkAt(2).certificate.seals;
const wrong: readonly (readonly [name: string, link: () => CertifiedLink, reason: string])[] = [
  ['a link of the epoch before', () => linkAt(1), 'validator-set'],
  ['a link of the epoch behind', () => linkAt(3), 'validator-set'],
  ['another next set', () => ({ ...linkAt(2), nextValidators: linkAt(3).nextValidators }), 'validator-set'],
  [
    'a next set with one validator less',
    () => ({ ...linkAt(2), nextValidators: linkAt(2).nextValidators.slice(1) }),
    'validator-set',
  ],
  ['a header that hands over nothing', () => resealed(2, { nextEpoch: epochOf(2) }), 'epoch-link'],
  ['a header that skips an epoch', () => resealed(2, { nextEpoch: epochOf(4) }), 'epoch-link'],
  ['a header of another epoch', () => resealed(2, { epoch: epochOf(1) }), 'epoch'],
  [
    'a header that names another set as its own',
    () => resealed(2, { validators: otherDigest }),
    'validator-set',
  ],
  [
    'a header of another network',
    () => resealed(2, { network: otherDigest as string as NetworkId }),
    'wrong-network',
  ],
  ['a block that lies below the epoch', () => resealed(2, { height: heightOf(2) }), 'height'],
  [
    'a header that nobody sealed',
    () => ({ ...linkAt(2), header: encodeHeader({ ...blockAt(3).header, time: 1 }) }),
    'block-hash',
  ],
  ['a certificate of another block', () => ({ ...linkAt(2), certificate: linkAt(1).certificate }), 'epoch'],
  [
    'a certificate of another hash',
    () => ({
      ...linkAt(2),
      certificate: { ...linkAt(2).certificate, block: otherDigest as string as BlockHash },
    }),
    'block-hash',
  ],
  [
    'a certificate with too few seals',
    () => ({ ...linkAt(2), certificate: { ...linkAt(2).certificate, seals } }),
    'too-few-signers',
  ],
  [
    'a forged seal',
    () => ({
      ...linkAt(2),
      certificate: {
        ...linkAt(2).certificate,
        seals: [
          { ...seal!, signature: seal!.signature.with(9, seal!.signature[9]! ^ 1) as Signature },
          ...seals,
        ],
      },
    }),
    'seal-signature',
  ],
  ['a header of no form', () => ({ ...linkAt(2), header: Uint8Array.of(1) }), 'malformed'],
];

test.each(wrong)('%s is refused, and what came before is kept', async (_name, link, reason) => {
  const changed = links.with(2, link());
  const { known, check } = await followEpochs(await founded(), changed, verifySignature);
  expect(check).toMatchObject({ ok: false, reason });
  expect(known.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  expect(known.at(-1)?.lastHeight).toBeUndefined();
  const verified = await verifyProofPack(
    encodeProofPack({ ...pack, epochs: changed }),
    network,
    verifySignature,
  );
  expect(verified.ok).toBe(false);
});

test('seals of the next set do not hand over: each certificate is judged by the set of its own epoch', async () => {
  const { epoch, height, block } = linkAt(2).certificate;
  const newcomers = blockAt(4).validators.slice(1);
  const certificate = certify(network, { epoch, height, block }, newcomers, 3);
  const changed = links.with(2, { ...linkAt(2), certificate });
  const { check } = await followEpochs(await founded(), changed, verifySignature);
  expect(check).toMatchObject({ ok: false, id: 'history', reason: 'unknown-signer' });
});

test('a height lies within its epoch, or does not', async () => {
  const { known } = await followEpochs(await founded(), links, verifySignature);
  const verdict = (epoch: number, height: number) =>
    withinEpoch({ height: heightOf(height) }, known[epoch]!).reason ?? 'within';
  expect([1, 2, 3].map((height) => verdict(1, height))).toEqual(['height', 'within', 'height']);
  expect([5, 6, 900].map((height) => verdict(5, height))).toEqual(['height', 'within', 'within']);
});

/** The old set of epoch 1 seals on behind its end: in a pack that stops before the hand-over, as if there were none. */
function sealedAfterTheEnd(height: number): ProofPack {
  const { header, validators } = blockAt(2);
  const { validators: set } = header;
  const changed = {
    ...blockAt(6).header,
    epoch: epochOf(1),
    nextEpoch: epochOf(1),
    height: heightOf(height),
    validators: set,
    nextValidators: set,
  };
  const bytes = encodeHeader(changed);
  const block = headerHash(bytes);
  const certificate = certify(network, { epoch: changed.epoch, height: changed.height, block }, validators);
  return { ...pack, epochs: links.slice(0, 1), receipt: { ...pack.receipt, header: bytes, certificate } };
}

test('who remembers the epochs refuses what old keys seal behind the end of theirs', async () => {
  const { known } = await followEpochs(await founded(), links, verifySignature);
  const bytes = encodeProofPack(sealedAfterTheEnd(3));
  // It proves itself from genesis: whoever knows no more cannot tell (schedule 12 of decision 016).
  expect((await verifyProofPack(bytes, network, verifySignature)).ok).toBe(true);
  const { ok, checks, trusted } = await verifyProofPack(bytes, network, verifySignature, known);
  expect(ok).toBe(false);
  expect(trusted).toBeUndefined();
  expect(checks.find((check) => !check.ok)).toMatchObject({
    id: 'history',
    reason: 'height',
    expected: '2…2',
    actual: '3',
  });
});

test('who remembers the epochs refuses another hand-over of one of them, however far it goes on', async () => {
  const { known } = await followEpochs(await founded(), links, verifySignature);
  const later = resealed(1, { height: heightOf(9) });
  const forked = { ...pack, epochs: [linkAt(0), later] };
  const verified = await verifyEpochs(pack.genesis, forked.epochs, network, verifySignature);
  expect(verified.ok && sameEpochs(known, verified.known)).toMatchObject({ ok: false, reason: 'height' });
  expect(verified.ok && sameEpochs(known.slice(0, 2), verified.known)).toMatchObject({
    ok: false,
    reason: 'height',
  });
  const other = await founded({ header: pack.genesis.header, validators: pack.genesis.validators }, network);
  expect(sameEpochs(known, other).ok).toBe(true);
  const elsewhere = known.map((epoch) => ({ ...epoch, network: otherDigest as string as NetworkId }));
  expect(sameEpochs(known, elsewhere)).toMatchObject({ ok: false, reason: 'wrong-network' });
});

test('a pack that agrees with what is remembered passes, whoever knows more epochs', async () => {
  const { known } = await followEpochs(await founded(), links, verifySignature);
  for (const remembered of [known, known.slice(0, 3), []]) {
    const { ok } = await verifyProofPack(encodeProofPack(pack), network, verifySignature, remembered);
    expect(ok).toBe(true);
  }
});

test('who held which consensus key, from which height to which', async () => {
  const { known } = await followEpochs(await founded(), links.slice(0, 2), verifySignature);
  const rows = heldConsensusKeys(known).map(({ validator, from, to }) => [validator, from, to]);
  expect(rows).toEqual([
    ['validator-1', 1, 1],
    ['validator-2', 1, 2],
    ['validator-3', 1, undefined],
    ['validator-4', 1, undefined],
    ['validator-5', 2, undefined],
    ['validator-6', 3, undefined],
  ]);
});
