/** What one peer may have waiting for payloads that do not come. */
import { expect, it } from 'vitest';
import type { Digest, ValidatorId } from '../../shared/types/brands.ts';
import type { NamedPayload, PayloadNeeds } from './payload-needs.ts';
import { createPayloadWaiting } from './payload-waiting.ts';
import { createTestContext, ids, transactionOf } from './test-support.ts';

const [, v2, v3] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId];

it('is bounded by the payloads that its transactions lack, and takes nothing from others', () => {
  const lacking: readonly NamedPayload[] = Array.from({ length: 200 }, (_, index) => ({
    digest: index.toString(16).padStart(64, '0') as Digest,
    size: 0,
  }));
  const needs: PayloadNeeds = { named: () => lacking, lacking: () => lacking, isErased: () => false };
  const waiting = createPayloadWaiting(createTestContext().context, needs, { want: () => undefined });
  const [first, second, other] = [transactionOf(), transactionOf(), transactionOf()];
  waiting.whenHere(v2, [first, second], () => undefined);
  waiting.whenHere(v3, [other], () => undefined);
  expect([first, second, other].map(({ id }) => waiting.get(id) !== undefined)).toEqual([true, false, true]);
});
