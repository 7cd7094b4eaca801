import { expect, test } from 'vitest';
import { toBase64Url } from '../../../../shared/codec/hex.ts';
import { payloadsOf } from './shown-payloads.ts';

const digest = new Uint8Array(32).fill(0xab);
const payload = { digest: toBase64Url(digest), size: 7, erasable: true, recipients: ['a.b'] };
const record = {
  action: 'streams.append',
  outcome: { status: 'succeeded', events: 'cd'.repeat(32) },
  args: { stream: 's', expectedRevision: 'any', events: [{ eventId: 'e' }, { eventId: 'f', payload }] },
} as const;

test('digests of arguments are shown as everywhere else', () => {
  expect(payloadsOf(record)).toEqual([{ ...payload, digest: 'ab'.repeat(32) }]);
  const grant = { ...payload, grantOf: toBase64Url(digest) };
  const granted = { ...record, args: { events: [{ payload: grant }] } };
  expect(payloadsOf(granted)).toMatchObject([{ grantOf: 'ab'.repeat(32) }]);
});

test('what is no append, or was refused, has none, whatever its arguments say', () => {
  expect(payloadsOf({ ...record, action: 'assets.issue', args: null })).toEqual([]);
  const outcome = { status: 'failed', code: 'malformed', facts: {} } as const;
  expect(payloadsOf({ ...record, outcome, args: { events: 7 } })).toEqual([]);
});
