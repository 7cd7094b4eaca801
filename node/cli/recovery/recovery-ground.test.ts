/**
 * What a recovery stands on: each header names the set of the epoch that ends, the base as well as what is kept, and no
 * survivor's word contradicts the base. Content is altered here and signed anew by the same admins: only those checks
 * stand in the way.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeHeader, encodeHeader, headerHash, validatorSetDigest } from '../../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import { encodeRecoveryContent, statementSigningBytes } from '../../../shared/codec/recovery.ts';
import { type RecoveryGround, verifyRecovery } from '../../../shared/protocol/verify-recovery.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  type Height,
  heightOf,
  type ValidatorId,
} from '../../../shared/types/brands.ts';
import type { Certificate, Header } from '../../../shared/types/ledger.ts';
import type { RecoveryCertificate, RecoveryContent } from '../../../shared/types/recovery.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../storage/test-support.ts';
import { verifySignature } from '../light-client.ts';
import { recoveredStory } from './test-break.ts';
import { type Story, sign, signedBy } from './test-support.ts';

let place: TemporaryDirectory;
let story: Story;
let certificate: RecoveryCertificate;
let ground: RecoveryGround;
const other = 'ab'.repeat(32);

beforeAll(async () => {
  place = temporaryDirectory();
  ({ story, certificate } = await recoveredStory(place.path));
  const { network, header, hash, validators } = story.chain.genesis;
  ground = {
    trusted: { network, epoch: header.nextEpoch, validators },
    sealsAbove: heightOf(0),
    parent: hash,
  };
});
afterAll(() => place.remove());

const word = (validator: string, height: Height, block: BlockHash) => {
  const said = { validator: validator as ValidatorId, height, block };
  const message = statementSigningBytes(story.network, epochOf(0), said);
  return { ...said, signature: sign(`${validator} consensus`, message) };
};

function sealed(header: Header): Certificate {
  const { epoch, height } = header;
  const content = { epoch, height, block: headerHash(encodeHeader(header)) };
  const seals = ['v1', 'v2', 'v3'].map((id) => ({
    validator: id as ValidatorId,
    signature: sign(`${id} consensus`, sealSigningBytes(story.network, content)),
  }));
  return { ...content, seals };
}

/** What is made of the recovery with this in its content. */
async function verdictOn(change: Partial<RecoveryContent>, on = ground): Promise<string> {
  const content = { ...certificate.content, ...change };
  const contentBytes = encodeRecoveryContent(content);
  const signatures = ['m1', 'm2', 'm4'].map((id) => signedBy(story.network, contentBytes, `${id}.admin`));
  const { ok, check } = await verifyRecovery(
    on,
    { ...certificate, content, contentBytes, signatures },
    verifySignature,
  );
  return ok ? 'verified' : `${check.reason}`;
}

/** Block 3, changed and sealed by a quorum, as the base of a recovery that keeps nothing above it. */
function onBase(change: Partial<Header>): Partial<RecoveryContent> {
  const header = { ...decodeHeader(certificate.content.base.header), ...change };
  const bytes = encodeHeader(header);
  const survivors = ['v1', 'v2'].map((id) => word(id, header.height, headerHash(bytes)));
  return { base: { header: bytes, certificate: sealed(header) }, headers: [], survivors };
}

test('signed anew as it is, it verifies, with what is kept and without', async () => {
  expect(await verdictOn({})).toBe('verified');
  expect(await verdictOn(onBase({}))).toBe('verified');
});

test('the base names the set of the epoch that ends, and no other as the next', async () => {
  expect(await verdictOn(onBase({ validators: other as Digest }))).toBe('validator-set');
  expect(await verdictOn(onBase({ nextValidators: other as Digest }))).toBe('validator-set');
});

test('a survivor’s word for another block at the height of the base is a conflict', async () => {
  const [, second] = onBase({}).survivors!;
  const { height } = decodeHeader(certificate.content.base.header);
  const survivors = [word('v1', height, other as BlockHash), second!];
  expect(await verdictOn({ ...onBase({}), survivors })).toBe('recovery-conflict');
});

test('behind a block that a recovery kept, which names the old set, kept blocks name the set that was recovered', async () => {
  // As if block 3 was kept, and the epoch that ends now began behind it with another v4, which is gone again.
  const validators = ground.trusted.validators.map((one) =>
    one.id === 'v4' ? { ...one, consensusKey: other as typeof one.consensusKey } : one,
  );
  const base = { header: certificate.content.base.header };
  const began = {
    trusted: { ...ground.trusted, validators },
    sealsAbove: decodeHeader(base.header).height,
    parent: headerHash(base.header),
  };
  const keeping = (set: Digest): Partial<RecoveryContent> => {
    const header = { ...decodeHeader(certificate.content.headers[0]!), validators: set, nextValidators: set };
    const bytes = encodeHeader(header);
    const survivors = ['v1', 'v2'].map((id) => word(id, header.height, headerHash(bytes)));
    return { base, headers: [bytes], survivors };
  };
  expect(await verdictOn(keeping(validatorSetDigest(validators)), began)).toBe('verified');
  const old = validatorSetDigest(ground.trusted.validators);
  expect(await verdictOn(keeping(old), began)).toBe('validator-set');
});
