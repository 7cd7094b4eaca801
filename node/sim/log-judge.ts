/**
 * What honest replicas may say about others: some lines speak of liars, damage or loss, and are true only of those
 * who lied, were damaged or lost something. An honest replica is never blamed.
 */
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { DiskHealth } from './disk.ts';
import type { Roster } from './roster.ts';

type Facts = { readonly [name: string]: unknown };

/** Said of a peer that sent what no honest one sends. */
const accusations: ReadonlySet<string> = new Set([
  'evidence-dropped',
  'message-dropped',
  'message-rejected',
  'frame-dropped',
  'transaction-dropped',
  'proposed-body-invalid',
]);
/** Said of oneself after one's votes or blocks were put back. */
const losses: ReadonlySet<string> = new Set(['votes-lost', 'blocks-lost']);

/** Reasons of suspicion that are proofs (rule V1). */
const proofs: ReadonlySet<unknown> = new Set(['invalid-proposal', 'equivocation']);

export interface LogJudge {
  /** undefined, or why this cannot be here. */
  check(id: ValidatorId, level: string, code: string, facts: Facts): string | undefined;
}

export function createLogJudge(
  roster: Roster,
  healthOf: (id: ValidatorId) => DiskHealth,
  epochOf: (id: ValidatorId) => number,
  hasKey: (id: ValidatorId, key: PublicKey) => boolean,
): LogJudge {
  const mayLie = (id: unknown): boolean => roster.isLiar(id as ValidatorId);
  const lostVotes = (id: unknown): boolean => roster.roles.get(id as ValidatorId) === 'rolled-back';

  /** Limits that grew in an epoch which it does not know of yet. */
  const isLarger = (id: ValidatorId, { from, reason }: Facts): boolean =>
    String(reason).startsWith('too-many') && epochOf(from as ValidatorId) > epochOf(id);

  function isTrue(id: ValidatorId, level: string, code: string, facts: Facts): boolean {
    // Of a key that was ever registered there it is wrong: all others would go on waiting for what it leaves out.
    if (code === 'sender-unknown') return !hasKey(id, facts.sender as PublicKey);
    if (code === 'message-dropped' && isLarger(id, facts)) return true;
    if (accusations.has(code)) return mayLie(facts.from);
    if (losses.has(code)) return lostVotes(id);
    if (code === 'evidence') return mayLie(facts.validator) || lostVotes(facts.validator);
    if (code === 'primary-suspected' && proofs.has(facts.reason))
      return mayLie(facts.primary) || lostVotes(facts.primary);
    if (code === 'data-damaged') return healthOf(id).damaged.has(Number(facts.height));
    return code !== 'reproposal-unavailable' && level !== 'error';
  }

  return {
    check: (id, level, code, facts) => {
      if (roster.isLiar(id) || isTrue(id, level, code, facts)) return undefined;
      return `${id} says ${code}, which cannot be here: ${JSON.stringify(facts)}`;
    },
  };
}
