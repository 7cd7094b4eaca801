/** Evidence over epochs: each message is judged by the set of its own epoch, which the hand-overs lead to. */
import { expect, test } from 'vitest';
import { buildExampleNetwork } from '../../../scripts/lib/example-network.ts';
import { jsonOfEpochLink } from '../../../shared/api/json-of-ledger.ts';
import { type EvidenceRecordJson, jsonOfSlotMessage } from '../../../shared/api.ts';
import { evidenceOf } from '../../../shared/codec/conflict.ts';
import { toBase64Url, toHex } from '../../../shared/codec/hex.ts';
import { publicKeyOf, signNoble, verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import { signingBytesOf } from '../../../shared/protocol/verify-evidence.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { SignedVote } from '../../../shared/types/messages.ts';
import type { EpochsClaim } from '../features/verify/subjects.ts';
import { checkEvidence } from './check-evidence.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 3, transactions: 1 });
const { network, blocks, links } = example;
const genesis = {
  headerBytes: toBase64Url(blocks[0]!.headerBytes),
  validators: [...blocks[0]!.validators],
};
const all: EpochsClaim = { genesis, links: links.map(jsonOfEpochLink) };

/** It joins with epoch 1; its seed is 32 bytes of its number, as the example has it. */
const newcomer = 'validator-5' as ValidatorId;
const seed = new Uint8Array(32).fill(5);

function vote(epoch: number, content: string): SignedVote {
  const unsigned: SignedVote = {
    kind: 'commit',
    epoch: epochOf(epoch),
    view: viewOf(0),
    sequence: heightOf(2),
    content: content.repeat(32) as Digest,
    sender: newcomer,
    signature: new Uint8Array(64) as Signature,
  };
  return { ...unsigned, signature: signNoble(seed, signingBytesOf(network, unsigned)) };
}

function recordOf(epoch: number, change: Partial<EvidenceRecordJson> = {}): EvidenceRecordJson {
  const pair = evidenceOf(vote(epoch, 'aa'), vote(epoch, 'bb'))!;
  return {
    number: 0,
    validator: newcomer,
    epoch,
    kind: 'commit',
    key: toHex(publicKeyOf(seed)),
    reporter: 'validator-3',
    transaction: 'ab'.repeat(32),
    height: 3,
    time: 0,
    first: jsonOfSlotMessage(pair.first),
    second: jsonOfSlotMessage(pair.second),
    bytes: '',
    ...change,
  };
}

async function failedOf(record: EvidenceRecordJson, epochs: EpochsClaim = all): Promise<readonly string[]> {
  const { ok, checks } = await checkEvidence(record, epochs, network, verifyNobleAsync);
  const failed = checks.filter((check) => !check.ok);
  expect(ok).toBe(failed.length === 0);
  return failed.map(({ id, expected, actual }) => `${id}: ${expected}, ${actual}`);
}

test('two messages of a validator that joined later are proven by the set of its epoch', async () => {
  expect(await failedOf(recordOf(1))).toEqual([]);
  expect(await failedOf(recordOf(2))).toEqual([]);
});

test('of an epoch in which it did not validate they prove nothing', async () => {
  expect((await failedOf(recordOf(0)))[0]).toContain('validator: a validator of the epoch');
});

test('of an epoch that no hand-over leads to they prove nothing', async () => {
  expect((await failedOf(recordOf(2), { genesis, links: all.links.slice(0, 1) }))[0]).toContain('validator:');
});

test('a page that accuses another key than the one of that epoch is told so', async () => {
  expect((await failedOf(recordOf(1, { key: 'cd'.repeat(32) })))[0]).toContain('cd'.repeat(32));
});

test('a hand-over that does not hold fails as such', async () => {
  const [first, second] = all.links;
  const wrong = { genesis, links: [first!, { ...second!, nextValidators: first!.nextValidators }] };
  expect(await failedOf(recordOf(1), wrong)).toEqual([
    expect.stringContaining('validator: a hand-over to epoch 2 that holds'),
  ]);
});
