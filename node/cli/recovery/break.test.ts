/**
 * Over the break: what the block behind a recovery does to state, and how a chain of epochs, a pack and a light client go
 * on there, each saying plainly that no quorum led on.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonOfEpochLink } from '../../../shared/api/json-of-ledger.ts';
import type { Client } from '../../../shared/client/client.ts';
import { resumeLightClient } from '../../../shared/client/light-client.ts';
import { encodeEpochChain } from '../../../shared/codec/epoch-chain.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import { decodeProofPack, encodeEpochLink, encodeProofPack } from '../../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import { decodeRecovery, encodeRecovery, recoveryDigest } from '../../../shared/codec/recovery.ts';
import { inclusionProof } from '../../../shared/crypto/merkle.ts';
import { breaksOf, withinEpoch } from '../../../shared/protocol/known-epochs.ts';
import { recoveryKeys } from '../../../shared/protocol/recovery-records.ts';
import { quorumCheck } from '../../../shared/protocol/verify-certificate.ts';
import { verifyEpochs } from '../../../shared/protocol/verify-epochs.ts';
import { verifyProofPack } from '../../../shared/protocol/verify-pack.ts';
import { type BlockHash, heightOf, type ValidatorId } from '../../../shared/types/brands.ts';
import type { Certificate, EpochLink, ProofPack, Receipt } from '../../../shared/types/ledger.ts';
import type { RecoveryCertificate } from '../../../shared/types/recovery.ts';
import { executeBlock } from '../../ledger/execute.ts';
import { readBoundary, readMembership, readMembershipOf } from '../../ledger/modules/epochs.ts';
import { readRecovery } from '../../ledger/modules/recovery.ts';
import { readRecord } from '../../ledger/records.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import { createEpochChain } from '../../signer/epoch-chain.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../storage/test-support.ts';
import { verifySignature } from '../light-client.ts';
import { keptWithoutSeals, type RecoveredStory, recoveredStory } from './test-break.ts';
import { type Made, type Story, sign } from './test-support.ts';

let place: TemporaryDirectory;
let story: Story;
let certificate: RecoveryCertificate;
let link: EpochLink;
/** Block 6, the first one of the new set. */
let next: Made;
let before: RecoveredStory['before'];
let folded: RecoveredStory['folded'];

beforeAll(async () => {
  place = temporaryDirectory();
  ({ story, certificate, link, next, before, folded } = await recoveredStory(place.path));
});
afterAll(() => place.remove());

test('a signer that follows it knows which heights it opened anew, and to whom', async () => {
  const genesis = { header: story.chain.genesis.headerBytes, validators: story.chain.genesis.validators };
  const validator = 'v1' as ValidatorId;
  const { network } = story;
  const chain = createEpochChain({ network, validator, genesis, verifySignature });
  expect(chain.givenUp()).toEqual([]);
  expect(await chain.follow(encodeEpochLink(link))).toBe(true);
  expect(chain.givenUp()).toEqual([{ epoch: 1, height: 5, survivors: ['v1', 'v2'] }]);
});

describe('the block behind a recovery', () => {
  test('opens with it, is of the new epoch, and folds to the same root', () => {
    const { block } = next;
    expect(block.opening.map(({ type }) => type)).toEqual([
      'recovery.recorded',
      ...Array.from({ length: 2 }, () => 'keys.retired'),
      ...Array.from({ length: 4 }, () => 'keys.registered'),
      'epochs.opened',
    ]);
    expect(block.header).toMatchObject({ epoch: 1, nextEpoch: 1 });
    expect(folded.stateRoot).toBe(block.header.state);
    expect(folded.opening).toEqual(block.opening);
    expect(block.ran[0]?.outcome.status).toBe('succeeded');
  });

  test('puts the set in place that was seen before it, and says on the ledger what happened', () => {
    const { view } = story.chain;
    const membership = readMembership(view);
    expect(membership).toEqual(before);
    expect(membership).toMatchObject({ epoch: 1, firstHeight: 6, byRecovery: true });
    expect(membership.validators.map(({ id }) => id)).toEqual(['v1', 'v2', 'v5', 'v6']);
    expect(readMembershipOf(view, before.epoch)).toEqual(before);
    expect(readBoundary(view, next.block.height)).toEqual({ kind: 'within' });
    expect(readRecovery(view, 0)).toEqual({
      number: 0,
      digest: fromHex(recoveryDigest(certificate.contentBytes)),
      base: 3,
      height: 5,
      epoch: 1,
      reason: 'a fire',
      survivors: ['v1', 'v2'],
      fenced: ['v3'],
    });
    expect(readRecord(view, stateKeys.former('v3'))).toMatchObject({ id: 'v3', until: 6 });
    expect(readRecord(view, stateKeys.validator('v4'))).toBeUndefined();
  });

  test('is not made on a state that the set does not fit', () => {
    // The keys are registered by now: to begin with them once more would give them twice.
    const input = { ...story.chain.input([], next.block.header.time), recovery: certificate };
    expect(() => executeBlock(input)).toThrow('invariant');
  });
});

test('names in state are those of the ledger', () => {
  expect(recoveryKeys.threshold).toBe(stateKeys.recoveryThreshold);
  expect(recoveryKeys.members).toBe(stateKeys.members);
  expect(recoveryKeys.member('m1')).toBe(stateKeys.member('m1'));
  expect(recoveryKeys.identity('m1.admin')).toBe(stateKeys.identity('m1.admin'));
});

const origin = (): ProofPack['genesis'] => {
  const { headerBytes, validators } = story.chain.genesis;
  return { header: headerBytes, validators };
};

describe('the chain of epochs', () => {
  const follow = (links: readonly EpochLink[]) =>
    verifyEpochs(origin(), links, story.network, verifySignature);

  test('leads over the break, and shows it', async () => {
    const verified = await follow([link]);
    if (!verified.ok) throw new Error(verified.check.reason);
    const [ended, begun] = verified.known;
    expect(ended).toMatchObject({ epoch: 0, lastHeight: 5, recovered: [{ height: 4 }, { height: 5 }] });
    expect(begun).toMatchObject({ epoch: 1, firstHeight: 6, parent: story.blocks[4]!.block.hash });
    expect(breaksOf(verified.known)).toEqual([
      expect.objectContaining({ base: 3, height: 5, reason: 'a fire', of: 4, loss: 'if-lied' }),
    ]);
    // What the old set signs behind that place was lost, or is forged.
    expect(withinEpoch({ height: next.block.height }, ended!)).toMatchObject({ ok: false, reason: 'height' });
  });

  test.each<[string, (right: EpochLink) => EpochLink, string]>([
    [
      'another set',
      (right) => ({ ...right, nextValidators: right.nextValidators.slice(1) }),
      'validator-set',
    ],
    ['another header', (right) => ({ ...right, header: story.blocks[3]!.block.headerBytes }), 'block-hash'],
  ])('refuses a link with %s', async (_name, change, reason) => {
    expect(await follow([change(link)])).toMatchObject({ ok: false, check: { reason } });
  });

  test('refuses a second recovery of the same epoch', async () => {
    expect(await follow([link, link])).toMatchObject({ ok: false, check: { id: 'history' } });
  });

  test('refuses any bit that is changed in the certificate', async () => {
    if (!('recovery' in link)) throw new Error('it is a recovery');
    const right = link.recovery;
    for (let at = 40; at < right.length; at += 211) {
      const recovery = right.with(at, right[at]! ^ 4);
      const verified = await follow([{ ...link, recovery }]).catch((error: Error) => ({ ok: error.name }));
      expect([at, verified.ok]).not.toEqual([at, true]);
    }
  });
});

describe('a pack', () => {
  const receiptOf = ({ block, transactions }: Made, seals: Certificate): Receipt => ({
    header: block.headerBytes,
    certificate: seals,
    envelope: transactions[0]!.envelope,
    outcome: block.ran[0]!.outcomeBytes,
    transactionProof: inclusionProof([fromHex(transactions[0]!.id)], 0),
    outcomeProof: inclusionProof([block.ran[0]!.outcomeBytes], 0),
  });
  const packOf = (receipt: Receipt, links: readonly EpochLink[] = [link]): Uint8Array =>
    encodeProofPack({ version: 1, genesis: origin(), epochs: links, receipt });
  const verified = (bytes: Uint8Array) => verifyProofPack(bytes, story.network, verifySignature);
  const failing = async (bytes: Uint8Array) => {
    const { ok, checks } = await verified(bytes);
    const failed = checks.find((check) => !check.ok && check.reason !== 'not-reached');
    return ok ? 'verified' : `${failed?.id}: ${failed?.reason}`;
  };

  test('spans the break, and shows it', async () => {
    const bytes = packOf(receiptOf(next, next.certificate));
    expect(encodeProofPack(decodeProofPack(bytes))).toEqual(bytes);
    expect(await verified(bytes)).toMatchObject({ ok: true, breaks: [{ height: 5, reason: 'a fire' }] });
  });

  test('of a block that the recovery kept is proven by it alone', async () => {
    const [, , , fourth, fifth] = story.blocks as [Made, Made, Made, Made, Made];
    for (const made of [fourth, fifth])
      expect(await verified(packOf(receiptOf(made, keptWithoutSeals(made))))).toMatchObject({
        ok: true,
        breaks: [{}],
      });
    expect(await failing(packOf(receiptOf(fifth, keptWithoutSeals(fifth)), []))).toBe(
      'quorum: too-few-signers',
    );
    const [first] = story.blocks as [Made];
    expect(await failing(packOf(receiptOf(first, keptWithoutSeals(first))))).toMatch(/^quorum/);
  });

  test('from before the break needs nothing of it', async () => {
    const [first] = story.blocks as [Made];
    expect(await verified(packOf(receiptOf(first, first.certificate), []))).toMatchObject({
      ok: true,
      breaks: [],
    });
  });

  test('of the old set behind the break is refused', async () => {
    const stray = { ...next.certificate, epoch: story.blocks[4]!.block.header.epoch };
    expect(await failing(packOf(receiptOf(next, stray)))).toBe('header: epoch');
  });
});

test.each([
  ['a lost block certified', 6, '', 'height'],
  ['another block certified than the one that was kept', 5, 'ab'.repeat(32), 'recovery-conflict'],
])('a light client that saw %s does not follow', async (_name, at, other, reason) => {
  const lost = { ...story.blocks[4]!.certificate, height: heightOf(at), seals: [] };
  const block = other === '' ? lost.block : (other as BlockHash);
  const content = { epoch: lost.epoch, height: lost.height, block };
  const seals = (['v1', 'v2', 'v3'] as ValidatorId[]).map((validator) => ({
    validator,
    signature: sign(`${validator} consensus`, sealSigningBytes(story.network, content)),
  }));
  const remembered = encodeEpochChain({
    genesis: origin(),
    epochs: [],
    highest: { ...content, seals },
  });
  const rows = [{ epoch: 1, link: jsonOfEpochLink(link) }];
  const client = {
    gateway: 'http://gateway',
    get: async () => ({ current: 1, rows }),
  } as unknown as Pick<Client, 'get' | 'gateway'>;
  const options = { client, network: story.network, verifySignature };
  const light = await resumeLightClient(options, remembered);
  await expect(light.follow()).rejects.toMatchObject({ code: 'epoch-refused', facts: { reason } });
  const fresh = await resumeLightClient(options, encodeEpochChain({ genesis: origin(), epochs: [] }));
  expect(breaksOf(await fresh.follow())).toHaveLength(1);
  // Whoever followed from the start takes no certificate of it any more.
  await expect(quorumCheck({ ...content, seals }, fresh.known[0]!, verifySignature)).resolves.toMatchObject(
    at === 5 ? { ok: false, reason } : { ok: true },
  );
  const filed = await resumeLightClient(options, fresh.remember());
  expect(filed.known).toEqual(fresh.known);
});

test('the digest is of what was signed, whoever signed it', () => {
  const fewer = { ...certificate, signatures: certificate.signatures.slice(1) };
  const decoded = decodeRecovery(encodeRecovery(fewer));
  expect(recoveryDigest(decoded.contentBytes)).toBe(recoveryDigest(certificate.contentBytes));
});
