/**
 * Whether a page's JSON says the same as the bytes that were proven. The place within the block and the
 * name of the sender are not among them: a receipt does not say them, and the page shows them as reported.
 */
import { jsonOfOutcome } from '../../../shared/api/json-of-ledger.ts';
import type { BlockSummaryJson, CertifiedTransactionJson } from '../../../shared/api.ts';
import { type Check, type CheckId, compared, firstFailed, passed } from '../../../shared/protocol/checks.ts';
import type { OpenReceipt } from '../../../shared/protocol/verify-receipt.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import { readable } from './readable.ts';

export function checkShownRecord(shown: CertifiedTransactionJson, opened: OpenReceipt): Check {
  const { header, receipt, transaction, outcome } = opened;
  const { body } = transaction;
  return sameMembers('leaf', [
    ['id', shown.id, transaction.id],
    ['action', shown.action, body.action],
    ["sender's key", shown.senderKey, body.sender],
    ['nonce', shown.nonce, body.nonce],
    ['expiry', shown.expiresAt, body.expiresAt],
    ['arguments', shown.args, readable(body.args)],
    ['outcome', withoutWords(shown.outcome), jsonOfOutcome(outcome)],
    ['size', shown.sizeBytes, receipt.envelope.length],
    ['height', shown.height, header.height],
    ['block', shown.block, receipt.certificate.block],
    ['block time', shown.time, header.time],
  ]);
}

/** What the gateway tells people about a refusal is its own, and is not in the bytes. */
function withoutWords(outcome: CertifiedTransactionJson['outcome']): unknown {
  if (outcome.status === 'succeeded') return outcome;
  const { headline: _headline, next: _next, ...said } = outcome;
  return said;
}

export function checkShownHeader({ header: shown }: BlockSummaryJson, header: Header): Check {
  const members = Object.entries(header).map(
    ([name, value]) => [name, { ...shown }[name as keyof typeof shown], value] as const,
  );
  return sameMembers('header', members);
}

type Member = readonly [name: string, shown: unknown, proven: unknown];

function sameMembers(id: CheckId, members: readonly Member[]): Check {
  const reason = id === 'leaf' ? 'wrong-transaction' : 'block-hash';
  return firstFailed([
    passed(id),
    ...members.map(([shown, has, wants]) =>
      compared(id, reason, canonicalText(wants), canonicalText(has), { inputs: { shown } }),
    ),
  ]);
}

/** JSON with sorted members, so that equal values are equal text. */
export function canonicalText(value: unknown): string {
  return (
    JSON.stringify(value, (_, member: unknown) => (isRecord(member) ? sorted(member) : member)) ?? 'nothing'
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sorted = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
