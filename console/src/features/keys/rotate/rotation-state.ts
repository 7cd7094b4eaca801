/**
 * Where the rotation of a validator's consensus key stands, from what the ledger says and what the validator's own node
 * says of its files. Nothing is remembered by the page: whoever opens it goes on where it stands.
 */
import type {
  ActivationJson,
  KeysPlanJson,
  PlannedKeyJson,
  ProposalJson,
  SessionJson,
  ValidatorsJson,
} from '../../../../../shared/api.ts';
import { rotationAheadMax } from '../../../../../shared/types/epochs.ts';

/** In their order. */
export const stages = ['created', 'approved', 'armed', 'scheduled', 'switched', 'erased'] as const;
export type Stage = (typeof stages)[number];

export interface RotationFacts {
  readonly validator: string;
  /** Of the validator's own node; undefined for whoever may not ask it. */
  readonly plan: Pick<KeysPlanJson, 'keys'> | undefined;
  /** The newest that brings this validator a key. */
  readonly activation: ActivationJson | undefined;
  /** One that waits for ballots and would bring it a key. */
  readonly proposal: ProposalJson | undefined;
}

export interface Rotation {
  /** Something is on its way: no second rotation begins. A key that nobody decides on is none. */
  readonly isUnderWay: boolean;
  /** The last stage that is behind it; undefined before the first. */
  readonly reached: Stage | undefined;
  /** The new key. */
  readonly key: string | undefined;
  /** It came to nothing. */
  readonly ended: 'withdrawn' | 'lapsed' | undefined;
}

const none: Rotation = { isUnderWay: false, reached: undefined, key: undefined, ended: undefined };

export function rotationOf(facts: RotationFacts): Rotation {
  const { activation, proposal } = facts;
  if (activation !== undefined && isPending(activation)) return pending(facts, activation);
  if (proposal !== undefined)
    return { ...none, isUnderWay: true, reached: 'created', key: keyOfProposal(proposal, facts.validator) };
  const unused = facts.plan && unusedKeyOf(facts.plan, facts.validator);
  if (unused !== undefined) return { ...none, reached: 'created', key: unused };
  return activation === undefined ? none : over(facts, activation);
}

const isPending = ({ status }: ActivationJson): boolean => status === 'approved' || status === 'scheduled';

function pending({ validator }: RotationFacts, { status, changes, waitsFor = [] }: ActivationJson): Rotation {
  const key = keyIn(changes, validator);
  const isReady = waitsFor.some((one) => one.validator === validator && one.ready !== undefined);
  const reached = status === 'scheduled' ? 'scheduled' : isReady ? 'armed' : 'approved';
  return { ...none, isUnderWay: true, reached, key };
}

/** The block that activates it is the last one of the old key, whose file goes when the block behind it is certified. */
function over(facts: RotationFacts, { status, changes, armedAt }: ActivationJson): Rotation {
  const key = keyIn(changes, facts.validator);
  if (status === 'withdrawn' || status === 'lapsed')
    return { ...none, reached: armedAt === undefined ? 'approved' : 'scheduled', key, ended: status };
  const isKnown = facts.plan !== undefined;
  const isErased = isKnown && !ownKeys(facts).some(({ here }) => here === 'replaced');
  return { ...none, isUnderWay: isKnown && !isErased, reached: isErased ? 'erased' : 'switched', key };
}

const ownKeys = ({ plan, validator }: Pick<RotationFacts, 'plan' | 'validator'>): readonly PlannedKeyJson[] =>
  (plan?.keys ?? []).filter(({ kind, owner }) => kind === 'consensus' && owner === validator);

export const keyIn = (changes: ActivationJson['changes'], validator: string): string | undefined => {
  for (const change of changes)
    if (change.kind === 'consensus-key' && change.id === validator) return change.key;
  return undefined;
};

const keyOfProposal = ({ actions }: ProposalJson, validator: string): string | undefined => {
  const args = actions.find((action) => isReplacement(action, validator))?.args;
  return typeof args?.key === 'string' ? args.key : undefined;
};

export const isReplacement = (
  { kind, args }: Pick<ProposalJson['actions'][number], 'kind' | 'args'>,
  validator: string,
): boolean => kind === 'validators.replace-consensus-key' && args.id === validator;

/** What the node takes up where nobody has decided on it. */
export const unusedKeyOf = (plan: Pick<KeysPlanJson, 'keys'>, validator: string): string | undefined =>
  ownKeys({ plan, validator }).find(({ here }) => here === 'created')?.key;

/** Why this reader hands no key over. */
export function handOverRefusal(session: Pick<SessionJson, 'roles'> | undefined): string | undefined {
  if (session === undefined || session.roles.includes('admin')) return undefined;
  return `Admins hand a key over; you are signed in as ${session.roles.join(', ')}.`;
}

/** Why nobody signs for it: a link opens a session, and no key. @param open public half of the open key */
export function signerRefusal(
  session: Pick<SessionJson, 'identity' | 'key'> | undefined,
  open: string | undefined,
): string | undefined {
  if (session === undefined || session.key === open) return undefined;
  const { identity } = session;
  return open === undefined
    ? `Open the key file of ${identity} first: you sign for the key that you hand over, and being signed in is not enough.`
    : `The open key is not that of ${identity}, as whom you are signed in: open that one.`;
}

export interface PreflightFacts {
  readonly validator: string;
  readonly plan: KeysPlanJson;
  readonly validators: Pick<ValidatorsJson, 'n' | 'f' | 'q'>;
  /** Validators that this node reaches, itself included. */
  readonly reachable: number;
}

export interface Preflight {
  /** Why nobody begins now, whoever decides. */
  readonly blocked: string | undefined;
  /** Why the old key alone does not decide now. */
  readonly ownBlocked: string | undefined;
  /** What to know before. */
  readonly warning: string | undefined;
}

/** A key that was registered after genesis is not replaced by its holder alone before this many heights. */
const youngHeights = 1_000;

/** A key that does not show up in its epoch is the fault that the network bears: who is down already counts. */
export function preflightOf({ validator, plan, validators, reachable }: PreflightFacts): Preflight {
  const { n, f, q } = validators;
  const { activation } = plan;
  const inUse = plan.keys.find(
    ({ kind, owner, use }) => kind === 'consensus' && owner === validator && use === 'in-use',
  );
  const isSpare = reachable - 1 >= q;
  return {
    blocked:
      inUse === undefined
        ? `${validator} is no validator of this epoch.`
        : activation === undefined
          ? undefined
          : `Activation ${activation.number} of ${activation.member} is ${activation.status}: one change of the epoch at a time.`,
    ownBlocked: inUse === undefined ? undefined : ownRefusal(inUse, plan.height, f > 0 && !isSpare),
    warning: isSpare
      ? undefined
      : `This node reaches ${reachable} of ${n} validators and the quorum is ${q}: if the new key did not come up, nothing would commit.`,
  };
}

/** Why the height is not asked for; undefined if it may be, or none is given. */
export function heightProblem(text: string, way: 'own' | 'ballots', height: number): string | undefined {
  if (text.trim() === '') return undefined;
  const asked = heightOf(text);
  if (asked === undefined) return 'A height is a whole number.';
  const latest = height + rotationAheadMax;
  return way === 'own' && asked > latest
    ? `The old key alone may ask for at most ${rotationAheadMax} blocks ahead, up to ${latest} now. Ballots may for any.`
    : undefined;
}

/** Undefined if it is none. */
export const heightOf = (text: string): number | undefined =>
  /^(0|[1-9][0-9]{0,14})$/.test(text.trim()) ? Number(text.trim()) : undefined;

function ownRefusal(
  { here, suspected, since = 0 }: PlannedKeyJson,
  height: number,
  isAnotherAway: boolean,
): string | undefined {
  if (here === undefined) return 'The node does not hold the old key: ballots replace it.';
  if (suspected !== undefined) return 'A suspected key does not replace itself: ballots do.';
  if (since > 0 && height < since + youngHeights)
    return `A key registered after genesis replaces itself from block ${since + youngHeights} on; ballots may before.`;
  return isAnotherAway
    ? 'Another validator is away. Wait until it is back, or let ballots decide.'
    : undefined;
}
