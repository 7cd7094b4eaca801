/** What members decide together by proposal and ballots, and how many of them it needs. */
import type { CborValue } from './ledger.ts';

export const actionKinds = [
  'members.add',
  'members.remove',
  'members.suspend',
  'members.restore',
  'validators.add',
  'validators.remove',
  'validators.replace-consensus-key',
  'validators.replace-node-key',
  'validators.set-address',
  'validators.register-incarnation',
  'identities.grant',
  'identities.revoke-role',
  'identities.replace-key',
  'parameters.set',
  'protocol.raise',
  'thresholds.set',
  'observers.add',
  'observers.remove',
  'schemas.set',
  'payloads.erase',
  'keys.suspect',
  'activation.withdraw',
] as const;
export type ActionKind = (typeof actionKinds)[number];

/** One thing that a proposal does. */
export type GovernedAction = {
  readonly kind: ActionKind;
  /** In the form of the kind. */
  readonly args: { readonly [name: string]: CborValue };
};

/** More than `part` of `of` equal parts of the members: 0 ≤ part < of ≤ `thresholdPartsMax`. */
export interface Threshold {
  readonly more: readonly [part: number, of: number];
}
/** As many as a network can have members, so that one part less than all of them means every member. */
export const thresholdPartsMax = 1024;
export const everyMember: Threshold = { more: [thresholdPartsMax - 1, thresholdPartsMax] };

export type Thresholds = { readonly [kind in ActionKind]: Threshold };

/** Whether `one` asks for at least as many members as `other`, however many there are. */
export const isAtLeast = (
  { more: [part, of] }: Threshold,
  { more: [otherPart, otherOf] }: Threshold,
): boolean => part * otherOf >= otherPart * of;

/** How many of so many members: more than the part, and never more than there are. */
export const neededOf = (members: number, { more: [part, of] }: Threshold): number =>
  Math.min(members, Math.floor((members * part) / of) + 1);

/**
 * Who has a ballot, and who seals. If fewer could change these than it takes to change a threshold, they would first
 * make themselves the ones who are asked. So from protocol 3 on they need as many as `thresholds.set`.
 */
export const foundationalKinds: ReadonlySet<ActionKind> = new Set<ActionKind>([
  'members.add',
  'members.remove',
  'members.suspend',
  'identities.grant',
  'identities.revoke-role',
  'identities.replace-key',
  'keys.suspect',
  'validators.add',
  'validators.remove',
  'validators.replace-consensus-key',
]);

/** The first protocol version by which foundational kinds need what `thresholds.set` does. */
export const foundationsSince = 3;

/** What each kind needs by the rules of a protocol version. */
export function thresholdsInForce(protocol: number, written: Thresholds): Thresholds {
  if (protocol < foundationsSince) return written;
  const own = written['thresholds.set'];
  const entries = actionKinds.map((kind) => [kind, foundationalKinds.has(kind) ? own : written[kind]]);
  return Object.fromEntries(entries) as Thresholds;
}

const half: Threshold = { more: [1, 2] };
const twoThirds: Threshold = { more: [2, 3] };

/** Of a network that says nothing else: what takes something from a member, or changes the rules, needs more. */
const raised: { readonly [kind in ActionKind]?: Threshold } = {
  'members.remove': twoThirds,
  'parameters.set': twoThirds,
  'protocol.raise': twoThirds,
  'thresholds.set': twoThirds,
  'payloads.erase': twoThirds,
};
export const defaultThresholds = Object.fromEntries(
  actionKinds.map((kind) => [kind, raised[kind] ?? half]),
) as Thresholds;

/** For a recovery after more validators are lost than a network survives. */
export const defaultRecoveryThreshold = half;

/** What a genesis document says about consent if nobody says anything else. */
export const defaultConsent = {
  governance: { thresholds: defaultThresholds },
  recovery: { threshold: defaultRecoveryThreshold },
} as const;
