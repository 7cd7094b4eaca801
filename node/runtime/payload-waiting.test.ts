/** What one peer may have waiting for payloads that do not come. */
import { expect, it } from 'vitest';
import type { Digest, ValidatorId } from '../../shared/types/brands.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import type { PayloadNeeds } from './payload-needs.ts';
import { createPayloadWaiting } from './payload-waiting.ts';
import { createTestContext, ids, transactionOf } from './test-support.ts';

const [, v2, v3] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId];

it('is bounded by the payloads that its transactions lack, and takes nothing from others', () => {
  const lacking: readonly NamedPayload[] = Array.from({ length: 200 }, (_, index) => ({
    digest: index.toString(16).padStart(64, '0') as Digest,
    size: 0,
  }));
  const needs: PayloadNeeds = {
    named: () => lacking,
    lacking: () => lacking,
    isErased: () => false,
    contradicted: () => undefined,
  };
  const events = { want: () => undefined, leftFor: () => 1_000_000 };
  const waiting = createPayloadWaiting(createTestContext().context, needs, events);
  const [first, second, other] = [transactionOf(), transactionOf(), transactionOf()];
  waiting.whenHere(v2, [first, second], () => undefined);
  waiting.whenHere(v3, [other], () => undefined);
  expect([first, second, other].map(({ id }) => waiting.get(id) !== undefined)).toEqual([true, false, true]);
});

it('is bounded by what lies here unrecorded because this peer named it, by name', () => {
  const lacking: readonly NamedPayload[] = [{ digest: 'ab'.repeat(32) as Digest, size: 2_000 }];
  const needs: PayloadNeeds = {
    named: () => lacking,
    lacking: () => lacking,
    isErased: () => false,
    contradicted: () => undefined,
  };
  const test = createTestContext();
  const wanted: ValidatorId[] = [];
  const waiting = createPayloadWaiting(test.context, needs, {
    want: (_payload, from) => wanted.push(from),
    leftFor: (peer) => (peer === v2 ? 1_999 : 2_000),
  });
  const [first, second] = [transactionOf(), transactionOf()];
  waiting.whenHere(v2, [first], () => undefined);
  waiting.whenHere(v3, [second], () => undefined);
  expect([first, second].map(({ id }) => waiting.get(id) !== undefined)).toEqual([false, true]);
  expect(wanted).toEqual([v3]);
  expect(test.logged).toMatchObject([{ code: 'payload-share-full', facts: { from: v2, rule: 'M3' } }]);
});
