import type { CauseJson, DiagnosisJson } from '../../../../shared/api.ts';

export interface QuorumMember {
  readonly validator: string;
  readonly isReachable: boolean;
  /** It can be reached and is no part of a quorum: it starts, observes, or has no signer. */
  readonly isMute: boolean;
  /** Why it cannot be reached, as the asked node sees it. */
  readonly reason?: string;
  readonly silentMs?: number;
}

/** How many count towards a quorum: those that vote, or, where that cannot be known, those that can be reached. */
export const quorumCount = ({ reachable, voting = reachable }: DiagnosisJson['quorum']): number => voting;

/** Every validator: those that count first, then those that do not vote, then those out of reach. */
export function quorumMembers({
  node,
  votes,
  current,
  causes,
  quorum,
}: Pick<DiagnosisJson, 'node' | 'votes' | 'current' | 'causes' | 'quorum'>): readonly QuorumMember[] {
  const missing = causes.flatMap(missingIn);
  const mute = new Set(causes.flatMap(muteIn));
  if (quorum.voting !== undefined && votes === false) mute.add(node);
  const members = current.ballots.map(({ validator }): QuorumMember => {
    const absence = missing.find((one) => one.validator === validator);
    if (absence === undefined) return { validator, isReachable: true, isMute: mute.has(validator) };
    const { reason, silentMs } = absence;
    return {
      validator,
      isReachable: false,
      isMute: false,
      reason,
      ...(silentMs !== undefined && { silentMs }),
    };
  });
  const rank = ({ isReachable, isMute }: QuorumMember): number => (isReachable ? Number(isMute) : 2);
  return members.toSorted((a, b) => rank(a) - rank(b));
}

type Absence = Pick<QuorumMember, 'validator' | 'silentMs'> & { readonly reason: string };

function missingIn(cause: CauseJson): readonly Absence[] {
  if (cause.code === 'quorum-unreachable' || cause.code === 'quorum-not-voting') return cause.facts.missing;
  return cause.code === 'validator-unreachable' ? [cause.facts] : [];
}

function muteIn(cause: CauseJson): readonly string[] {
  if (cause.code === 'quorum-not-voting') return cause.facts.notVoting;
  return cause.code === 'validator-not-voting' ? [cause.facts.validator] : [];
}
