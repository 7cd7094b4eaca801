/**
 * Remembers what each key signed for the last slots, and notices a second content for one of them (rule W1), from
 * wherever it comes: votes inside VIEW-CHANGEs and NEW-VIEWs, seals in certificates, messages that the log of
 * consensus has dropped since. So a liar that tells two peers two things is caught as soon as one of them is nested
 * in what the other sees.
 *
 * Bounded for each key: who signs more than its share forgets only itself.
 */
import { evidenceOf, slotOf } from '../../shared/codec/conflict.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  Evidence,
  SealMessage,
  SlotMessage,
  ViewChangeBody,
} from '../../shared/types/messages.ts';
import type { BufferFigure } from '../consensus/buffers.ts';
import type { Input } from '../consensus/types.ts';
import { recoveryBetween } from '../ledger/modules/recovery.ts';
import { type EvidenceClock, takesEvidenceOf } from './evidence-age.ts';
import { forgetIn, type Remembering } from './forgetting.ts';
import { fullest } from './fullest.ts';

export interface Witness extends Remembering {
  /** An input to consensus: all signatures in it are verified, or our own. */
  saw(input: Input): void;
  buffers(): readonly BufferFigure[];
}

/** Slots of one key: four messages for each sequence, in a few views. */
const slotsPerKey = (window: number): number => 32 * window;

export function createWitness(context: EvidenceClock, found: (evidence: Evidence) => void): Witness {
  const { epochs } = context;
  /** By sender, then by kind and slot, in the order in which they came. */
  const seen = new Map<ValidatorId, Map<string, SlotMessage>>();
  let slotsMax = slotsNow();

  function slotsNow(): number {
    return slotsPerKey(epochs.current().parameters.window);
  }

  function saw(input: Input): void {
    if (input.type === 'message' || input.type === 'own') slotMessagesIn(input.message).forEach(compare);
    else if (input.type === 'certificate') sealsIn(input.certificate).forEach(compare);
  }

  function compare(message: SlotMessage): void {
    if (!takesEvidenceOf(context, message.epoch)) return;
    const slots = seen.get(message.sender) ?? new Map<string, SlotMessage>();
    seen.set(message.sender, slots);
    const key = `${message.kind} ${slotOf(message)}`;
    const first = slots.get(key);
    if (first === undefined) remember(slots, key, message);
    else if (first !== message && !isBehindRecovery(slots, key, first, message)) accuse(first, message);
  }

  /** A recovery gave up what was sealed before: no conflict, and the newer one is what others are compared with. */
  function isBehindRecovery(
    slots: Map<string, SlotMessage>,
    key: string,
    first: SlotMessage,
    second: SlotMessage,
  ): boolean {
    if (recoveryBetween(context.ports.state, first, second) === undefined) return false;
    if (second.epoch > first.epoch) slots.set(key, second);
    return true;
  }

  function accuse(first: SlotMessage, second: SlotMessage): void {
    const evidence = evidenceOf(first, second);
    if (evidence !== undefined) found(evidence);
  }

  function remember(slots: Map<string, SlotMessage>, key: string, message: SlotMessage): void {
    slots.set(key, message);
    // The window of this epoch may be narrower than that of the one before.
    if (slotsNow() < slotsMax) for (const others of seen.values()) forgetOldest(others);
    slotsMax = slotsNow();
    forgetOldest(slots);
  }

  function forgetOldest(slots: Map<string, SlotMessage>): void {
    for (const key of slots.keys()) {
      if (slots.size <= slotsNow()) return;
      slots.delete(key);
    }
  }

  const sizes = (): number[] => [...seen.values()].map((slots) => slots.size);

  return {
    saw,
    buffers: () => [fullest('slots of one key remembered', sizes(), Math.max(slotsMax, slotsNow()))],
    forget: (isGone) => forgetIn(seen, isGone),
  };
}

function slotMessagesIn(message: ConsensusMessage): readonly SlotMessage[] {
  switch (message.kind) {
    case 'heartbeat':
      return [];
    case 'seal':
      return [message];
    case 'view-change':
      return [message.vote, ...inViewChange(message.body)];
    case 'new-view': {
      const { viewChanges, prePrepares } = message.body;
      return [message.vote, ...prePrepares, ...viewChanges.flatMap(slotMessagesIn)];
    }
    default:
      return [message.vote];
  }
}

const inViewChange = ({ certificate, prepared }: ViewChangeBody): readonly SlotMessage[] => [
  ...(certificate === undefined ? [] : sealsIn(certificate)),
  ...prepared.flatMap(({ prePrepare, prepares }) => [prePrepare, ...prepares]),
];

const sealsIn = ({ epoch, height, block, seals }: Certificate): readonly SealMessage[] =>
  seals.map(({ validator, signature }) => ({
    kind: 'seal',
    epoch,
    height,
    block,
    sender: validator,
    signature,
  }));
