/**
 * What a signer remembers of what it signed, and whether something may be signed beside it. Pure: the vote book
 * keeps it on disk. The node's own vote store is not asked; it may be rolled back, wiped, or in a thief's hands.
 */
import { signedText, slotOf } from '../../shared/codec/conflict.ts';
import { type Epoch, type Height, heightOf } from '../../shared/types/brands.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { SignerRefusal } from '../crypto/signer-refusal.ts';

/**
 * Slots of so many heights below the highest are remembered; below them nothing new is signed. An honest validator
 * never goes back by more than two windows, and a window is 256 at most.
 */
export const heightsKept = 4_096;
/** The same for views of an epoch, whose slots have no height. */
export const viewsKept = 256;

/** Heights that the votes of an epoch may have. */
export interface HeightRange {
  readonly first: Height;
  /** Absent until a verified hand-over says so. */
  readonly last?: Height;
}

/** Whether a recovery lies between the two and gave up what was signed first. */
export type OpenAnew = (before: SlotContent, slot: SlotContent) => boolean;

export interface VoteMemory {
  /** @throws SignerRefusal. `repeated`: it was signed before, byte for byte, and may be signed again. */
  judge(slot: SlotContent, range: HeightRange, isOpenAnew?: OpenAnew): 'new' | 'repeated';
  add(slot: SlotContent): void;
  /** A memory on top of this one, to judge a whole group before any of it is kept. */
  draft(): VoteMemory;
  highest(): Height;
  floor(): Height;
  askedView(epoch: Epoch): number;
  /** Drops what lies at or below the floor, or too many views back. */
  forget(): void;
}

const viewKinds = ['view-change', 'new-view'] as const;
const isViewSlot = (slot: SlotContent): boolean => (viewKinds as readonly string[]).includes(slot.kind);

/** 0 for VIEW-CHANGE and NEW-VIEW. */
export const heightOfSlot = (slot: SlotContent): Height =>
  slot.kind === 'seal' ? slot.height : slot.sequence;
export const viewOfSlot = (slot: SlotContent): number => (slot.kind === 'seal' ? 0 : slot.view);

export function createVoteMemory(under?: VoteMemory & Lookup): VoteMemory & Lookup {
  const signed = new Map<string, SlotContent>();
  const asked = new Map<Epoch, number>();
  let top = under?.highest() ?? heightOf(0);

  const nameOf = (slot: SlotContent): string => `${slot.kind} ${slotOf(slot)}`;
  const find = (name: string): SlotContent | undefined => signed.get(name) ?? under?.find(name);
  const highest = (): Height => top;
  const floor = (): Height => heightOf(Math.max(0, top - heightsKept));
  const askedView = (epoch: Epoch): number => Math.max(asked.get(epoch) ?? 0, under?.askedView(epoch) ?? 0);

  function judge(slot: SlotContent, range: HeightRange, isOpenAnew?: OpenAnew): 'new' | 'repeated' {
    if (!isViewSlot(slot)) checkRange(heightOfSlot(slot), range);
    const before = find(nameOf(slot));
    if (before !== undefined && !(isOpenAnew?.(before, slot) ?? false)) {
      if (signedText(before) === signedText(slot)) return 'repeated';
      const facts = {
        kind: slot.kind,
        slot: slotOf(slot),
        signed: signedText(before),
        asked: signedText(slot),
      };
      throw new SignerRefusal('double-vote', facts);
    }
    if (isViewSlot(slot)) checkView(slot);
    else checkHeight(slot);
    return 'new';
  }

  /** Views are asked for in rising order; what is too far back is forgotten. */
  function checkView(slot: SlotContent): void {
    const view = viewOfSlot(slot);
    const highestAsked = askedView(slot.epoch);
    const least = slot.kind === 'view-change' ? highestAsked : highestAsked - viewsKept;
    if (view < least) throw belowAsked(slot, highestAsked);
  }

  /** Rule N7. Seals count in every view. */
  function checkHeight(slot: SlotContent): void {
    const height = heightOfSlot(slot);
    if (height <= floor())
      throw new SignerRefusal('height-below-floor', { kind: slot.kind, height, floor: floor() });
    if (slot.kind !== 'seal' && slot.view < askedView(slot.epoch))
      throw belowAsked(slot, askedView(slot.epoch));
  }

  function add(slot: SlotContent): void {
    signed.set(nameOf(slot), slot);
    top = heightOf(Math.max(top, heightOfSlot(slot)));
    if (slot.kind === 'view-change') asked.set(slot.epoch, Math.max(slot.view, askedView(slot.epoch)));
  }

  function forget(): void {
    for (const [name, slot] of signed) if (isForgotten(slot)) signed.delete(name);
  }

  const isForgotten = (slot: SlotContent): boolean =>
    isViewSlot(slot) ? viewOfSlot(slot) < askedView(slot.epoch) - viewsKept : heightOfSlot(slot) <= floor();

  const memory: VoteMemory & Lookup = {
    judge,
    add,
    find,
    highest,
    floor,
    askedView,
    forget,
    draft: () => createVoteMemory(memory),
  };
  return memory;
}

interface Lookup {
  find(name: string): SlotContent | undefined;
}

function checkRange(height: Height, { first, last }: HeightRange): void {
  if (height >= first && (last === undefined || height <= last)) return;
  throw new SignerRefusal('height-outside-epoch', { height, first, ...(last !== undefined && { last }) });
}

const belowAsked = (slot: SlotContent, asked: number): SignerRefusal =>
  new SignerRefusal('view-below-asked', { kind: slot.kind, view: viewOfSlot(slot), asked });
