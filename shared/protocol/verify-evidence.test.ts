/** Rule W1: evidence stands by itself; anything changed in it makes a named check fail. */
import { describe, expect, test } from 'vitest';
import { evidenceOf } from '../codec/conflict.ts';
import { toHex } from '../codec/hex.ts';
import { publicKeyOf, signNoble, verifyNoble, verifyNobleAsync } from '../crypto/ed25519.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type MemberId,
  type NetworkId,
  type PublicKey,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../types/brands.ts';
import type { ValidatorSet } from '../types/ledger.ts';
import type { Evidence, SealMessage, SignedVote, SlotMessage } from '../types/messages.ts';
import { forgedMessage, signingBytesOf, verifyEvidence } from './verify-evidence.ts';

const network = 'cd'.repeat(32) as NetworkId;
const seed = new Uint8Array(32).fill(5);
const key = toHex(publicKeyOf(seed)) as PublicKey;
const otherKey = toHex(publicKeyOf(new Uint8Array(32).fill(6))) as PublicKey;
const alpha = 'alpha' as ValidatorId;
const set = (consensusKey: PublicKey): ValidatorSet => [{ id: alpha, member: 'm' as MemberId, consensusKey }];

const signed = <Message extends SlotMessage>(message: Message): Message => ({
  ...message,
  signature: signNoble(seed, signingBytesOf(network, message)),
});
const none = new Uint8Array(64) as Signature;
const vote = (content: string): SignedVote =>
  signed({
    kind: 'commit',
    epoch: epochOf(0),
    view: viewOf(1),
    sequence: heightOf(9),
    content: content.repeat(32) as Digest,
    sender: alpha,
    signature: none,
  });
const seal = (block: string): SealMessage =>
  signed({
    kind: 'seal',
    epoch: epochOf(0),
    height: heightOf(9),
    block: block.repeat(32) as BlockHash,
    sender: alpha,
    signature: none,
  });

const failedChecks = async (
  evidence: Pick<Evidence, 'first' | 'second'>,
  validators = set(key),
  id = network,
): Promise<string[]> => {
  const { ok, checks } = await verifyEvidence(evidence, validators, id, verifyNobleAsync);
  const failed = checks.filter((check) => !check.ok).map((check) => check.id);
  expect(ok).toBe(failed.length === 0);
  expect(checks.map((check) => check.id)).toEqual(['validator', 'conflict', 'first', 'second']);
  return failed;
};

const both = (one: PublicKey) => ({ first: one, second: one });

describe('verifyEvidence', () => {
  const votes = evidenceOf(vote('aa'), vote('bb'))!;
  const seals = evidenceOf(seal('bb'), seal('aa'))!;

  test('two signed votes, two signed seals', async () => {
    expect(await failedChecks(votes)).toEqual([]);
    expect(await failedChecks(seals)).toEqual([]);
  });

  test('a validator that is not of the set', async () => {
    expect(await failedChecks(votes, [])).toEqual(['validator', 'first', 'second']);
  });

  test('another key, another network, another message', async () => {
    expect(await failedChecks(votes, set(otherKey))).toEqual(['first', 'second']);
    expect(await failedChecks(votes, set(key), 'ef'.repeat(32) as NetworkId)).toEqual(['first', 'second']);
    const moved = { ...(votes.first as SignedVote), view: viewOf(2) };
    expect(await failedChecks({ first: moved, second: votes.second })).toEqual(['conflict', 'first']);
    const forged = { ...votes.second, signature: none };
    expect(await failedChecks({ first: votes.first, second: forged })).toEqual(['second']);
  });

  test('two seals of one height, in two epochs with a key each', async () => {
    const later = { ...seal('bb'), epoch: epochOf(1) };
    const otherSeed = new Uint8Array(32).fill(6);
    const signature = signNoble(otherSeed, signingBytesOf(network, later));
    const { first, second } = evidenceOf(seal('aa'), { ...later, signature })!;
    const verdict = async (keys: readonly PublicKey[]): Promise<string[]> => {
      const setOf = (epoch: number) => (keys[epoch] === undefined ? undefined : set(keys[epoch]));
      const { checks } = await verifyEvidence({ first, second }, setOf, network, verifyNobleAsync);
      return checks.filter(({ ok }) => !ok).map(({ id }) => id);
    };
    expect(await verdict([key, otherKey])).toEqual([]);
    expect(await verdict([otherKey, key])).toEqual(['first', 'second']);
    expect(await verdict([key])).toEqual(['validator', 'second']);
  });

  test('the same message twice, or in the other order', async () => {
    expect(await failedChecks({ first: votes.first, second: votes.first })).toEqual(['conflict']);
    expect(await failedChecks({ first: votes.second, second: votes.first })).toEqual(['conflict']);
  });

  test('execution names the forged message, at once', () => {
    expect(forgedMessage(votes, both(key), network, verifyNoble)).toBeUndefined();
    expect(forgedMessage(votes, both(otherKey), network, verifyNoble)).toBe('first');
    const forged = { first: seals.first, second: { ...seals.second, signature: none } };
    expect(forgedMessage(forged, both(key), network, verifyNoble)).toBe('second');
  });
});
