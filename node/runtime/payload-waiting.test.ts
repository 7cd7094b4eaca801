/** What one peer may have waiting for payloads that do not come. */
import { expect, it } from 'vitest';
import type { Digest, ValidatorId } from '../../shared/types/brands.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import type { PayloadNeeds } from './payload-needs.ts';
import { type Brought, createPayloadWaiting } from './payload-waiting.ts';
import { createTestContext, ids, transactionOf } from './test-support.ts';

const [, v2, v3] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId];

const spreadBy = (from: ValidatorId): Brought => ({ from, share: `peer:${from}` });

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
  const room = { admit: () => true, left: () => undefined };
  const waiting = createPayloadWaiting(createTestContext().context, needs, room, { want: () => undefined });
  const [first, second, other] = [transactionOf(), transactionOf(), transactionOf()];
  waiting.whenHere(spreadBy(v2), [first, second], () => undefined);
  waiting.whenHere(spreadBy(v3), [other], () => undefined);
  expect([first, second, other].map(({ id }) => waiting.get(id) !== undefined)).toEqual([true, false, true]);
  // What it passes on for others waits by itself.
  waiting.whenHere({ from: v2, share: `passed-on:${v2}` }, [second], () => undefined);
  expect(waiting.get(second.id)).toBeDefined();
});

it('is bounded by the room of who brought it, by name', () => {
  const lacking: readonly NamedPayload[] = [{ digest: 'ab'.repeat(32) as Digest, size: 2_000 }];
  const needs: PayloadNeeds = {
    named: () => lacking,
    lacking: () => lacking,
    isErased: () => false,
    contradicted: () => undefined,
  };
  const test = createTestContext();
  const wanted: ValidatorId[] = [];
  const room = {
    admit: (_transaction: unknown, share: string) => share === spreadBy(v3).share,
    left: () => undefined,
  };
  const waiting = createPayloadWaiting(test.context, needs, room, {
    want: (_payload, holders) => wanted.push(...holders),
  });
  const [first, second] = [transactionOf(), transactionOf()];
  waiting.whenHere(spreadBy(v2), [first], () => undefined);
  waiting.whenHere(spreadBy(v3), [second], () => undefined);
  expect([first, second].map(({ id }) => waiting.get(id) !== undefined)).toEqual([false, true]);
  expect(wanted).toEqual([v3]);
  expect(test.logged).toMatchObject([{ code: 'payload-share-full', facts: { from: v2, rule: 'M3' } }]);
});

it('gives the room back when the only one who has it goes, or keeps it to itself', () => {
  const lacking: readonly NamedPayload[] = [{ digest: 'ab'.repeat(32) as Digest, size: 2_000 }];
  const needs: PayloadNeeds = {
    named: () => lacking,
    lacking: () => lacking,
    isErased: () => false,
    contradicted: () => undefined,
  };
  const left: string[] = [];
  const room = { admit: () => true, left: (ids: Iterable<string>) => left.push(...ids) };
  const waiting = createPayloadWaiting(createTestContext().context, needs, room, { want: () => undefined });
  const [first, second] = [transactionOf(), transactionOf()];
  waiting.whenHere(spreadBy(v2), [first, second], () => undefined);
  waiting.whenHere(spreadBy(v3), [second], () => undefined);
  waiting.closed(v2);
  expect(left).toEqual([first.id]);
  waiting.withheld(lacking[0]!.digest);
  expect(left).toEqual([first.id, second.id]);
});
