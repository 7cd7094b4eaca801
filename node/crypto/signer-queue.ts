/**
 * What waits to be signed while a remote signer is asked, or is away. Bounded, however long that is: a vote whose
 * height was certified meanwhile, an older heartbeat, a lower VIEW-CHANGE are of no use to anyone and are given up.
 */
import { readSigned, type SignedContent } from '../../shared/codec/signed-content.ts';
import type { Epoch, Signature } from '../../shared/types/brands.ts';
import type { SignItem } from './signer-wire.ts';

type Done = (signatures: readonly (Signature | undefined)[]) => void;

interface Group {
  readonly signatures: (Signature | undefined)[];
  open: number;
  readonly done: Done;
}
interface Item extends SignItem {
  readonly content: SignedContent;
  readonly group: Group;
  readonly index: number;
}

export interface SignerQueue {
  add(requests: readonly SignItem[], done: Done): void;
  /** The oldest, up to a count and a size. They stay until `settle`. */
  head(countMax: number, bytesMax: number): readonly SignItem[];
  /** Answers the oldest. */
  settle(signatures: readonly Signature[]): void;
  /** The signer went away: what it was asked for waits like the rest. */
  unasked(): void;
  size(): number;
}

/**
 * @param window of an epoch: own votes lie in (h, h + window], so that a vote for s says that h ≥ s − window; where it
 *   is not known, nothing is given up for height
 */
export function createSignerQueue(window: (epoch: Epoch) => number | undefined): SignerQueue {
  let items: Item[] = [];
  /** Items at the front that the signer was asked for. */
  let asked = 0;

  function add(requests: readonly SignItem[], done: Done): void {
    const group: Group = { signatures: requests.map(() => undefined), open: requests.length, done };
    requests.forEach(({ key, bytes }, index) => {
      const content = readSigned(bytes);
      giveUp(content);
      items.push({ key, bytes, content, group, index });
    });
  }

  /** Whatever `latest` makes useless, unless the signer has been asked for it. */
  function giveUp(latest: SignedContent): void {
    const useless = uselessAfter(latest, window);
    const isDropped = (item: Item, position: number): boolean => position >= asked && useless(item.content);
    const dropped = items.filter(isDropped);
    if (dropped.length === 0) return;
    items = items.filter((item, position) => !isDropped(item, position));
    // A completion never comes before the call returns.
    queueMicrotask(() => {
      for (const { group } of dropped) close(group);
    });
  }

  function close(group: Group): void {
    group.open -= 1;
    if (group.open === 0) group.done(group.signatures);
  }

  return {
    add,
    head(countMax, bytesMax) {
      let bytes = 0;
      const end = items.findIndex((item, index) => {
        bytes += item.bytes.length;
        return index >= countMax || (index > 0 && bytes > bytesMax);
      });
      asked = end < 0 ? items.length : end;
      return items.slice(0, asked).map(({ key, bytes }) => ({ key, bytes }));
    },
    settle(signatures) {
      const answered = items.slice(0, signatures.length);
      items = items.slice(signatures.length);
      asked = 0;
      answered.forEach(({ group, index }, position) => {
        group.signatures[index] = signatures[position]!;
        close(group);
      });
    },
    unasked() {
      asked = 0;
    },
    size: () => items.length,
  };
}

function uselessAfter(
  latest: SignedContent,
  window: (epoch: Epoch) => number | undefined,
): (content: SignedContent) => boolean {
  if (latest.kind === 'heartbeat') return ({ kind }) => kind === 'heartbeat';
  if (latest.kind !== 'slot') return () => false;
  const { slot: newest } = latest;
  if (newest.kind === 'view-change' || newest.kind === 'new-view')
    return (content) =>
      content.kind === 'slot' &&
      content.slot.kind === newest.kind &&
      content.slot.epoch === newest.epoch &&
      content.slot.view < newest.view;
  const ahead = window(newest.epoch) ?? Number.POSITIVE_INFINITY;
  const certified = (newest.kind === 'seal' ? newest.height : newest.sequence) - ahead;
  return (content) => {
    if (content.kind !== 'slot') return false;
    const { slot } = content;
    if (slot.kind === 'seal') return slot.height <= certified;
    return slot.kind !== 'view-change' && slot.kind !== 'new-view' && slot.sequence <= certified;
  };
}
