import type { DiagnosisJson } from '../../../../shared/api.ts';

export interface QuorumMember {
  readonly validator: string;
  readonly isReachable: boolean;
  /** Why not, as the asked node sees it. */
  readonly reason?: string;
  readonly silentMs?: number;
}

/** Every validator, those first that can be reached. */
export function quorumMembers({
  current,
  causes,
}: Pick<DiagnosisJson, 'current' | 'causes'>): readonly QuorumMember[] {
  const missing = causes.flatMap((cause) => {
    if (cause.code === 'quorum-unreachable') return cause.facts.missing;
    return cause.code === 'validator-unreachable' ? [cause.facts] : [];
  });
  const members = current.ballots.map(({ validator }): QuorumMember => {
    const absence = missing.find((one) => one.validator === validator);
    if (absence === undefined) return { validator, isReachable: true };
    const { reason, silentMs } = absence;
    return { validator, isReachable: false, reason, ...(silentMs !== undefined && { silentMs }) };
  });
  return [...members.filter((one) => one.isReachable), ...members.filter((one) => !one.isReachable)];
}
