/**
 * Plays the members of a universe and the agents of its validators: proposals and their ballots, rotations, readiness,
 * attestations, withdrawals, some of them in the last block of an epoch. Some activations are left to lapse. It reads
 * the state of some honest replica, as a console would, and submits anywhere. Once all heals nothing new is decided,
 * until one last thing is wanted.
 */
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { type Activation, pendingActivation } from '../ledger/modules/activation-records.ts';
import { subjectOf } from '../ledger/modules/changes.ts';
import { eraseArgs, payloadCount, payloadNumbered, readPayload } from '../ledger/modules/payloads.ts';
import { openProposals, readProposal } from '../ledger/modules/proposals.ts';
import { needsReach, needsReady } from '../ledger/modules/readiness.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import type { StateView } from '../ledger/types.ts';
import type { Cast } from './cast.ts';
import type { EpochFold } from './epoch-fold.ts';
import { type Admin, type Founding, startWallMs } from './founding.ts';
import { createLetters } from './letters.ts';
import type { Prng } from './prng.ts';
import type { Roster } from './roster.ts';
import { drawWish, limits } from './wishes.ts';
import type { World } from './world.ts';

export interface Steward {
  start(): void;
  /** From now on it wants one thing more, once nothing is pending: other limits. */
  wantLast(): void;
  /** What it wanted last is in force, and nothing is pending. */
  isDone(): boolean;
}

export interface StewardInput {
  readonly world: World;
  readonly founding: Founding;
  readonly cast: Cast;
  readonly roster: Roster;
  readonly epochs: EpochFold;
  readonly prng: Prng;
}

/** What the members make of one activation. */
type Mood = 'wanted' | 'left to lapse' | 'withdrawn early' | 'withdrawn late';

const tickMs = 30;
/** What has no effect by then is sent again. */
const patienceMs = 250;
const lastPatienceMs = 1_500;
/** Of the ticks. */
const erasureShare = 0.15;

export function createSteward({ world, founding, cast, roster, epochs, prng }: StewardInput): Steward {
  const { queue, settings } = world;
  const letters = createLetters(founding, () => queue.nowMs() + settings.clockAheadMs);
  const moods = new Map<number, Mood>();
  const sentAtMs = new Map<string, number>();
  let nextWishMs = 0;
  /** Of the epoch that the last wish is to end; undefined: it was not made yet. */
  let lastOf: number | undefined;
  let wantsLast = false;

  function start(): void {
    queue.after(prng.between(0, 2 * tickMs), () => {
      tick();
      start();
    });
  }

  function tick(): void {
    const state = someState();
    if (state === undefined) return;
    const decides = world.hostile || wantsLast;
    if (decides) castBallots(state);
    if (decides && settings.payloadShare > 0) wishErased(state);
    const pending = pendingActivation(state);
    if (pending === undefined && decides) wish(state);
    if (pending !== undefined) attend(pending);
  }

  const isUp = (id: ValidatorId): boolean => cast.life(id) !== undefined;

  function someState(): StateView | undefined {
    const honest = founding.ids.filter((id) => isUp(id) && !roster.isFaulty(id));
    return honest.length === 0 ? undefined : cast.life(prng.pick(honest))?.state;
  }

  /** To somebody who runs, at most once within its patience. */
  function send(name: string, make: () => Transaction, ms = patienceMs): void {
    const running = founding.ids.filter(isUp);
    const lastMs = sentAtMs.get(name) ?? Number.NEGATIVE_INFINITY;
    if (running.length === 0 || queue.nowMs() - lastMs < ms) return;
    sentAtMs.set(name, queue.nowMs());
    const to = prng.pick(running);
    world.trace(() => `the steward sends ${name} to ${to}`);
    cast.life(to)?.node.submit([make()], () => {});
  }

  function wish(state: StateView): void {
    if (wantsLast) wishLast();
    if (wantsLast || queue.nowMs() < nextWishMs) return;
    nextWishMs = queue.nowMs() + prng.between(0, 2 * settings.activationEveryMs);
    const wanted = drawWish({
      prng,
      founding,
      roster,
      letters,
      current: epochs.current(),
      kinds: settings.wishes,
      isTaken: (id) => state.get(stateKeys.incarnation(founding.seats.get(id)!.incarnation)) !== undefined,
      incarnationOf: (id) => cast.disk(id).incarnation,
      newKey: cast.newKey,
    });
    if (wanted === undefined) return;
    world.meet(`wish: ${wanted.what}`);
    world.trace(() => `the members wish: ${wanted.what}`);
    if (wanted.kind === 'rotation') rotate(wanted.id, wanted.deadlineMs);
    else send(wanted.what, () => letters.propose(prng.pick(founding.admins).key, wanted.actions));
  }

  /** One that is there, now and then. */
  function wishErased(state: StateView): void {
    const count = payloadCount(state);
    if (wantsLast || count === 0 || !prng.chance(erasureShare)) return;
    const digest = payloadNumbered(state, prng.below(count))!;
    if (readPayload(state, digest)?.erased !== undefined) return;
    world.meet('wish: erase a payload');
    const action = { kind: 'payloads.erase', args: eraseArgs([digest], 'nobody needs it') } as const;
    send(`erasure of ${digest.slice(0, 8)}`, () => letters.propose(prng.pick(founding.admins).key, [action]));
  }

  function wishLast(): void {
    if (epochs.pending() !== undefined) return;
    const { epoch, parameters } = epochs.current();
    lastOf ??= epoch;
    if (lastOf !== epoch) return;
    const actions = [limits(parameters.window, parameters.batchLimit === 4 ? 5 : 4)];
    send('the last wish', () => letters.propose(founding.admins[0]!.key, actions), lastPatienceMs);
  }

  function rotate(id: ValidatorId, deadlineMs: number): void {
    const from = epochs.current().validators.get(id)?.consensusKey;
    if (from !== undefined)
      send(`rotation of ${id}`, () => letters.rotate(id, from, cast.newKey(id), deadlineMs));
  }

  function castBallots(state: StateView): void {
    const time = startWallMs + settings.clockAheadMs + queue.nowMs();
    for (const { number } of openProposals(state, time)) {
      const proposal = readProposal(state, number)!;
      if (wantsLast && proposal.actions.some(({ kind }) => kind !== 'parameters.set')) continue;
      if (proposal.status === 'accepted')
        send(`execution of ${number}`, () => letters.execute(prng.pick(founding.admins).key, number));
      for (const { member, key } of founding.admins)
        if (proposal.status === 'open' && proposal.ballots[member] === undefined && prng.chance(0.7))
          send(`ballot of ${member} on ${number}`, () => letters.vote(key, number));
    }
  }

  function attend(pending: Activation): void {
    const mood = moods.get(pending.number) ?? drawMood();
    moods.set(pending.number, mood);
    if (mood === 'withdrawn early' && !wantsLast) withdraw(pending);
    if (mood === 'withdrawn late' && !wantsLast && isNear(pending)) withdraw(pending);
    if (pending.at !== undefined || mood === 'left to lapse') return;
    for (const id of subjects(pending)) getReady(pending, id);
  }

  function drawMood(): Mood {
    if (wantsLast || prng.chance(0.7)) return 'wanted';
    return prng.pick(['left to lapse', 'withdrawn early', 'withdrawn late'] as const);
  }

  /** So near that the withdrawal comes with one of the last blocks, or too late. */
  const isNear = ({ at }: Activation): boolean =>
    at !== undefined && founding.ids.some((id) => cast.disk(id).blocks.length >= at - 3);

  function withdraw({ number, member }: Activation): void {
    const own = (admin: Admin): boolean => admin.member === member;
    const { key } = founding.admins.find(own) ?? founding.admins[0]!;
    send(`withdrawal of ${number}`, () => letters.withdraw(key, number));
  }

  const subjects = ({ changes }: Activation): ReadonlySet<ValidatorId> =>
    new Set(changes.flatMap((change) => subjectOf(change) ?? []));

  function getReady(pending: Activation, id: ValidatorId): void {
    const { number } = pending;
    const ready = pending.ready.get(id);
    if (needsReady(pending, id) && isUp(id) && (ready === undefined || prng.chance(0.02))) {
      const { incarnation, blocks } = cast.disk(id);
      const tip = blocks.at(-1)?.block ?? founding.genesis;
      const at = { height: blocks.length, hash: tip.hash };
      const key = nextKey(pending, id);
      if (key !== undefined)
        send(`readiness of ${id} for ${number}`, () => letters.ready(number, key, incarnation, at));
    }
    if (ready === undefined || !needsReach(pending, id)) return;
    for (const [by, { consensusKey }] of epochs.current().validators) {
      const knows = isUp(by) && cast.disk(by).blocks.length >= ready.height;
      if (by === id || !knows || pending.reach.get(id)?.includes(by) || prng.chance(0.3)) continue;
      send(`attestation of ${by} for ${id} in ${number} (${ready.times})`, () =>
        letters.attest(consensusKey, pending, id, ready),
      );
    }
  }

  /** The key that it has once the activation is in force. */
  function nextKey({ changes }: Activation, id: ValidatorId): PublicKey | undefined {
    for (const change of changes) {
      if (change.kind === 'consensus-key' && change.id === id) return change.key;
      if (change.kind === 'add' && change.validator.id === id) return change.validator.consensusKey;
    }
    return epochs.current().validators.get(id)?.consensusKey;
  }

  return {
    start,
    wantLast: () => {
      wantsLast = true;
    },
    isDone: () => lastOf !== undefined && epochs.current().epoch > lastOf && epochs.pending() === undefined,
  };
}
