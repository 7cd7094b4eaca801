import { describe, expect, it } from 'vitest';
import type { VerificationItem, VerifierPort } from './ports.ts';
import { createSignatureCache, type SignatureCheck } from './signatures.ts';
import { keyOf } from './test-support.ts';
import { createTransactionLane, createVoteLane } from './verification.ts';

/** Valid unless the message starts with 0. */
function createVerifier() {
  const calls: { readonly items: readonly VerificationItem[]; readonly finish: () => void }[] = [];
  const verifier: VerifierPort = {
    verify: (items, done) => {
      calls.push({ items, finish: () => done(items.map((item) => item.message[0] !== 0)) });
    },
  };
  return { calls, verifier };
}

const itemOf = (first: number): VerificationItem => ({
  key: keyOf('k'),
  message: new Uint8Array([first]),
  signature: new Uint8Array(64),
});
const checkOf = (first: number): SignatureCheck => ({ name: `check ${first}`, item: () => itemOf(first) });

describe('vote lane (rule M1)', () => {
  it('gathers what comes while a call is in flight', () => {
    const { calls, verifier } = createVerifier();
    const lane = createVoteLane(verifier, createSignatureCache(10));
    const answers: string[] = [];
    for (const first of [1, 2, 3])
      lane.submit([checkOf(first)], (valid) => answers.push(`${first} ${valid}`));
    expect(calls.map((call) => call.items.length)).toEqual([1]);
    calls[0]!.finish();
    expect(calls.map((call) => call.items.length)).toEqual([1, 2]);
    calls[1]!.finish();
    expect(answers).toEqual(['1 true', '2 true', '3 true']);
  });

  it('fails a message with one bad signature, and only that message', () => {
    const { calls, verifier } = createVerifier();
    const lane = createVoteLane(verifier, createSignatureCache(10));
    const answers: boolean[] = [];
    lane.submit([checkOf(9)], () => {});
    lane.submit([checkOf(1), checkOf(0)], (valid) => answers.push(valid));
    lane.submit([checkOf(2)], (valid) => answers.push(valid));
    calls[0]!.finish();
    calls[1]!.finish();
    expect(answers).toEqual([false, true]);
  });

  it('verifies a signature once: good ones are remembered, bad ones are not', () => {
    const { calls, verifier } = createVerifier();
    const lane = createVoteLane(verifier, createSignatureCache(10));
    const answers: boolean[] = [];
    lane.submit([checkOf(1), checkOf(0)], () => {});
    calls[0]!.finish();
    lane.submit([checkOf(1)], (valid) => answers.push(valid));
    expect(answers).toEqual([true]);
    lane.submit([checkOf(0)], (valid) => answers.push(valid));
    expect(calls).toHaveLength(2);
    calls[1]!.finish();
    expect(answers).toEqual([true, false]);
  });

  it('forgets the oldest when the cache is full', () => {
    const cache = createSignatureCache(2);
    for (const name of ['a', 'b', 'c']) cache.remember(name);
    expect(['a', 'b', 'c'].map((name) => cache.has(name))).toEqual([false, true, true]);
  });
});

describe('a message full of signatures', () => {
  const nested = (count: number, bad?: number): SignatureCheck[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `nested ${index}`,
      item: () => itemOf(index === bad ? 0 : 1),
    }));

  it('is verified in slices, and votes of others go between', () => {
    const { calls, verifier } = createVerifier();
    const lane = createVoteLane(verifier, createSignatureCache(1_000));
    const answers: string[] = [];
    const begun: number[] = [];
    const note = (name: string) => (valid: boolean) => answers.push(`${name} ${valid}`);
    lane.submit(nested(600), note('NEW-VIEW'), 'primary', (signatures) => begun.push(signatures));
    lane.submit([checkOf(1)], note('vote'), 'honest');
    lane.submit([checkOf(2)], note('vote of the same'), 'primary');
    expect(begun).toEqual([256]);
    for (let call = 0; call < calls.length; call += 1) calls[call]!.finish();
    expect(calls.map((call) => call.items.length)).toEqual([256, 1, 256, 89]);
    expect(answers).toEqual(['vote true', 'NEW-VIEW true', 'vote of the same true']);
    expect(begun).toEqual([256, 256, 88]);
  });

  it('ends with the first slice that holds a bad one', () => {
    const { calls, verifier } = createVerifier();
    const lane = createVoteLane(verifier, createSignatureCache(1_000));
    const answers: boolean[] = [];
    lane.submit(nested(2_000, 300), (valid) => answers.push(valid));
    for (let call = 0; call < calls.length; call += 1) calls[call]!.finish();
    expect(calls.map((call) => call.items.length)).toEqual([256, 256]);
    expect(answers).toEqual([false]);
  });

  it('has each of them verified once, however often it holds it; heartbeats have no name', () => {
    const { calls, verifier } = createVerifier();
    const lane = createVoteLane(verifier, createSignatureCache(1_000));
    lane.submit([...nested(3), ...nested(3)], () => {});
    calls[0]!.finish();
    lane.submit(
      [itemOf(1), itemOf(1)].map((item) => ({ name: '', item: () => item })),
      () => {},
    );
    expect(calls.map((call) => call.items.length)).toEqual([3, 2]);
  });
});

describe('origins take turns', () => {
  it('so that a flood of votes delays those of its sender only', () => {
    const { calls, verifier } = createVerifier();
    const lane = createVoteLane(verifier, createSignatureCache(10));
    const answers: string[] = [];
    const vote = (origin: string, name: number): void =>
      lane.submit(
        [{ name: `${origin} ${name}`, item: () => itemOf(1) }],
        () => answers.push(`${origin} ${name}`),
        origin,
      );
    for (let name = 0; name < 1_000; name += 1) vote('flooder', name);
    vote('honest', 1);
    calls[0]!.finish();
    calls[1]!.finish();
    expect(answers.indexOf('honest 1')).toBe(2);
    expect(calls[1]!.items.length).toBe(256);
  });

  it('and a flood of transactions too', () => {
    const { calls, verifier } = createVerifier();
    const lane = createTransactionLane(verifier, 3);
    const answers: string[] = [];
    lane.submit(
      Array.from({ length: 30 }, () => itemOf(1)),
      () => answers.push('flood'),
      'flooder',
    );
    lane.submit([itemOf(0)], (valid) => answers.push(`honest ${valid}`), 'honest');
    for (let call = 0; call < 3; call += 1) calls[call]!.finish();
    expect(answers).toEqual(['honest false']);
    for (let call = 3; call < calls.length; call += 1) calls[call]!.finish();
    expect(answers).toEqual(['honest false', 'flood']);
  });
});

describe('transaction lane', () => {
  it('hands over bounded runs, and answers each caller with its own', () => {
    const { calls, verifier } = createVerifier();
    const lane = createTransactionLane(verifier, 3);
    const answers: (readonly boolean[])[] = [];
    lane.submit([itemOf(1), itemOf(0), itemOf(1), itemOf(1)], (valid) => answers.push(valid));
    lane.submit([itemOf(0), itemOf(1)], (valid) => answers.push(valid));
    lane.submit([], (valid) => answers.push(valid));
    for (let call = 0; call < 2; call += 1) calls[call]!.finish();
    expect(calls.map((call) => call.items.length)).toEqual([3, 3]);
    expect(answers).toEqual([[], [true, false, true, true], [false, true]]);
  });
});
