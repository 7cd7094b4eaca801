/** What the members of a universe want next: somebody joins, leaves, gets a key or a vote store, or limits change. */
import { fromHex } from '../../shared/codec/hex.ts';
import { faultsTolerated } from '../../shared/protocol/quorum.ts';
import type { Incarnation, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { GovernedAction } from '../../shared/types/governance.ts';
import type { KnownEpoch } from './epoch-fold.ts';
import type { Founding } from './founding.ts';
import type { Letters } from './letters.ts';
import type { Prng } from './prng.ts';
import type { Roster } from './roster.ts';

export type Wish =
  | { readonly kind: 'proposal'; readonly what: string; readonly actions: readonly GovernedAction[] }
  | {
      readonly kind: 'rotation';
      readonly what: string;
      readonly id: ValidatorId;
      readonly deadlineMs: number;
    };

export interface WishInput {
  readonly prng: Prng;
  readonly founding: Founding;
  readonly roster: Roster;
  readonly letters: Letters;
  readonly current: KnownEpoch;
  /** undefined: all. */
  readonly kinds: readonly WishKind[] | undefined;
  /** It was to join once: its id and keys are taken, whatever became of it (rule E4). */
  isTaken(id: ValidatorId): boolean;
  /** Of its vote store as it is. */
  incarnationOf(id: ValidatorId): Incarnation;
  newKey(id: ValidatorId): PublicKey;
}

const allKinds = [
  'join',
  'join',
  'leave',
  'leave',
  'swap',
  'rotation',
  'rotation',
  'keys by ballots',
  'vote store',
  'vote store',
  'parameters',
  'beyond E3',
] as const;
export type WishKind = (typeof allKinds)[number];

/** undefined: what was drawn makes no sense now, or would leave more faulty than the set tolerates. */
export function drawWish(input: WishInput): Wish | undefined {
  const { prng, founding, letters, current } = input;
  const members = [...current.validators.keys()];
  const spares = founding.ids.filter((id) => !current.validators.has(id) && !input.isTaken(id));
  const deadlineMs = Math.floor(prng.between(1_000, 2_500));
  const kind = prng.pick(input.kinds ?? allKinds);
  const joiner = spares[0];
  const leaver = prng.pick(members);
  const proposal = (...actions: readonly GovernedAction[]): Wish => ({
    kind: 'proposal',
    what: kind,
    actions,
  });
  const join = (id: ValidatorId): GovernedAction =>
    letters.add({ ...founding.seats.get(id)!, incarnation: input.incarnationOf(id) }, deadlineMs);
  const leave = (id: ValidatorId): GovernedAction => ({
    kind: 'validators.remove',
    args: { id, deadlineMs },
  });
  const key = (id: ValidatorId): GovernedAction => letters.replaceKey(id, input.newKey(id), deadlineMs);

  switch (kind) {
    case 'join':
      return joiner && isTolerable(input, members.length + 1) ? proposal(join(joiner)) : undefined;
    case 'leave':
      return members.length > 4 && isTolerable(input, members.length - 1, leaver)
        ? proposal(leave(leaver))
        : undefined;
    case 'swap':
      return joiner && isTolerable(input, members.length, leaver)
        ? proposal(leave(leaver), join(joiner))
        : undefined;
    case 'rotation':
      return { kind: 'rotation', what: kind, id: leaver, deadlineMs };
    case 'keys by ballots':
      return proposal(...some(prng, members, allowedChanges(members.length)).map(key));
    case 'vote store': {
      const lost = members.find((id) => current.validators.get(id)!.incarnation !== input.incarnationOf(id));
      if (lost === undefined) return undefined;
      const incarnation = fromHex(input.incarnationOf(lost));
      return proposal({
        kind: 'validators.register-incarnation',
        args: { id: lost, incarnation, deadlineMs },
      });
    }
    case 'parameters':
      return proposal(limits(prng.pick([2, 3, 4, 6]), prng.pick([1, 2, 8])));
    case 'beyond E3':
      return proposal(...some(prng, members, allowedChanges(members.length) + 1).map(key));
  }
}

export const limits = (window: number, batchLimit: number): GovernedAction => ({
  kind: 'parameters.set',
  args: { set: { window, batchLimit } },
});

/** Who is faulty for good stays within what the set after it tolerates. */
function isTolerable({ roster, current }: WishInput, n: number, leaver?: ValidatorId): boolean {
  const staying = [...current.validators.keys()].filter((id) => id !== leaver);
  return staying.filter(roster.isFaulty).length <= faultsTolerated(n);
}

const allowedChanges = (n: number): number => Math.max(1, faultsTolerated(n));

function some(prng: Prng, ids: readonly ValidatorId[], count: number): readonly ValidatorId[] {
  const from = prng.below(ids.length);
  return Array.from({ length: count }, (_, index) => ids[(from + index) % ids.length]!);
}
