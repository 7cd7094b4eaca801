/**
 * What validators tell each other about themselves: status on hello and periodically, so that consensus re-sends
 * what the other lacks (rule V6), and the question of a starting validator for its own newest messages (rule D3).
 */
import { encodeMessage } from '../../shared/codec/messages.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import type { PeerStatus } from '../consensus/types.ts';
import { peersOf, type RuntimeContext } from './context.ts';
import { forgetIn, lower, type Remembering } from './forgetting.ts';

export interface Peers extends Remembering {
  start(): void;
  opened(peer: ValidatorId): void;
  closed(peer: ValidatorId): void;
  heard(peer: ValidatorId): void;
  status(peer: ValidatorId, status: PeerStatus): void;
  /** Rule V6: the peer is ahead of us, and our status says what we lack. */
  tell(peer: ValidatorId): void;
  /** Rule D3: asks those who have not answered; consensus repeats it until it may vote. */
  askNewest(): void;
  asked(peer: ValidatorId): void;
  /** Whether a question of ours is open that this answers: what nobody asked for is not looked at. */
  takesAnswer(peer: ValidatorId): boolean;
  answered(peer: ValidatorId): void;
  /** Another epoch began: who answered must answer in this one, and all hear where we stand. */
  entered(): void;
  /** Validators of this epoch, then whoever else has a link. */
  views(): readonly PeerView[];
}

export interface PeerView {
  readonly id: ValidatorId;
  readonly open: boolean;
  /** What it last said about itself. */
  readonly status?: PeerStatus;
  /** Milliseconds since its last frame. */
  readonly silentMs?: number;
}

export interface PeerSources {
  ownStatus(): PeerStatus;
  /** False once the vote store was compared with what peers hold. */
  starting(): boolean;
  newestOf(validator: ValidatorId): readonly ConsensusMessage[];
}

/** An honest peer sends one in each period, and one when the link opens. */
const statusesPerPeriod = 4;

export function createPeers(context: RuntimeContext, sources: PeerSources): Peers {
  const { blocks, timers, clock, links } = context.ports;
  const statuses = new Map<ValidatorId, PeerStatus>();
  /** Monotonic milliseconds of the last one that was taken. */
  const statusAtMs = new Map<ValidatorId, number>();
  const heardAt = new Map<ValidatorId, number>();
  const answers = new Set<ValidatorId>();
  /** Questions for our newest messages that went out over the link that is open, and have no answer yet. */
  const questions = new Map<ValidatorId, number>();

  function start(): void {
    for (const peer of links.open()) opened(peer);
    repeatStatus();
  }

  function repeatStatus(): void {
    const jitter = 0.9 + 0.2 * context.ports.random.unit();
    timers.after(context.tuning.statusMs * jitter, () => {
      tellAll();
      repeatStatus();
    });
  }

  function tell(peer: ValidatorId): void {
    context.send(peer, { type: 'status', status: sources.ownStatus() });
  }

  function tellAll(): void {
    context.spread({ type: 'status', status: sources.ownStatus() });
  }

  function entered(): void {
    answers.clear();
    tellAll();
  }

  function opened(peer: ValidatorId): void {
    tell(peer);
    if (sources.starting()) ask(peer);
  }

  function closed(peer: ValidatorId): void {
    heardAt.delete(peer);
    questions.delete(peer);
  }

  function ask(peer: ValidatorId): void {
    questions.set(peer, (questions.get(peer) ?? 0) + 1);
    context.send(peer, { type: 'ask-newest' });
  }

  function takesAnswer(peer: ValidatorId): boolean {
    const isAsked = questions.has(peer);
    lower(questions, peer);
    return isAsked;
  }

  /** Each may set off the sending of a whole NEW-VIEW (rule V6): many at once say no more than one. */
  function status(peer: ValidatorId, said: PeerStatus): void {
    const nowMs = clock.monotonicMs();
    const lastMs = statusAtMs.get(peer) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - lastMs < context.tuning.statusMs / statusesPerPeriod) return;
    statusAtMs.set(peer, nowMs);
    statuses.set(peer, said);
    context.feed({ type: 'peer-status', from: peer, status: said });
    tellFollower(peer, said);
  }

  /** Consensus looks after its members (rule V6). Who follows hears of each new block, but not of those that it missed. */
  function tellFollower(peer: ValidatorId, { epoch, height }: PeerStatus): void {
    const current = context.epochs.current();
    const { certificate } = blocks.tip();
    if (certificate === undefined || certificate.seals.length === 0) return;
    if (epoch !== current.epoch || height >= certificate.height) return;
    if (certificate.epoch !== epoch || current.validators.some(({ id }) => id === peer)) return;
    context.send(peer, { type: 'certificate', certificate });
  }

  function askNewest(): void {
    const open = new Set(links.open());
    for (const peer of peersOf(context)) {
      if (open.has(peer) && !answers.has(peer)) ask(peer);
    }
  }

  function asked(peer: ValidatorId): void {
    const { epoch } = context.epochs.current();
    const messages = sources.newestOf(peer).map(encodeMessage);
    context.send(peer, { type: 'newest', epoch, messages });
  }

  function views(): PeerView[] {
    const open = new Set(links.open());
    const now = clock.monotonicMs();
    // Who follows has a link and says where it stands, too.
    const known = new Set([...peersOf(context), ...open]);
    return [...known].map((id) => {
      const said = statuses.get(id);
      const at = heardAt.get(id);
      return {
        id,
        open: open.has(id),
        ...(said === undefined ? {} : { status: said }),
        ...(at === undefined ? {} : { silentMs: now - at }),
      };
    });
  }

  return {
    start,
    opened,
    closed,
    heard: (peer) => heardAt.set(peer, clock.monotonicMs()),
    status,
    tell,
    askNewest,
    asked,
    takesAnswer,
    answered: (peer) => answers.add(peer),
    entered,
    views,
    forget(isGone) {
      for (const remembered of [statuses, statusAtMs, heardAt, answers, questions])
        forgetIn(remembered, isGone);
    },
  };
}
