/** What to tell people about a refusal of the ledger: of a plan that is refused, the reason of the action. */
import type { CborValue, Rejection } from '../../shared/types/ledger.ts';
import { describeRejection, type RejectionText } from '../ledger/rejections.ts';

type PlanFacts = { readonly index: number; readonly kind: string; readonly reason: string };

/** Undefined for a code of a newer version. */
export function refusalText({ code, facts }: Pick<Rejection, 'code' | 'facts'>): RejectionText | undefined {
  if (code !== 'plan-refused') return describeRejection(code);
  const { index, kind, reason } = facts as { readonly [name: string]: CborValue } & PlanFacts;
  const inner = describeRejection(reason);
  if (inner === undefined) return describeRejection(code);
  return { headline: `Action ${index + 1}, ${kind}: ${inner.headline}`, nextStep: inner.nextStep };
}
