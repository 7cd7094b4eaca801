/**
 * What an honest key may sign: one content in a slot, one block at a height, whatever the epoch, and below a
 * VIEW-CHANGE that it signed nothing new (rule N7). Watches the bytes that are handed to the signer, across restarts.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { SlotContent } from '../../shared/types/messages.ts';

export interface SignatureWatch {
  /** undefined, or what is wrong with signing this. */
  check(signer: ValidatorId, signed: SlotContent): string | undefined;
  /** Highest view for which this signer signed a VIEW-CHANGE. */
  highestViewAsked(): number;
}

type SignedVoteContent = Exclude<SlotContent, { readonly kind: 'seal' }>;

export function createSignatureWatch(): SignatureWatch {
  const contents = new Map<string, string>();
  /** By signer and epoch, whose views begin anew. */
  const asked = new Map<string, number>();

  function check(signer: ValidatorId, signed: SlotContent): string | undefined {
    return signed.kind === 'seal'
      ? once(`${signer} seal at height ${signed.height}`, signed.block)
      : vote(signer, signed);
  }

  function vote(
    signer: ValidatorId,
    { kind, epoch, view, sequence, content }: SignedVoteContent,
  ): string | undefined {
    const slot = `${signer} ${kind} in view ${view} at ${sequence}${epoch === 0 ? '' : ` of epoch ${epoch}`}`;
    const own = `${signer} ${epoch}`;
    const isNew = !contents.has(slot);
    const conflict = once(slot, content);
    const floor = asked.get(own) ?? 0;
    if (kind === 'view-change') asked.set(own, Math.max(floor, view));
    if (conflict !== undefined || !isNew || kind === 'view-change' || kind === 'new-view') return conflict;
    return view < floor ? `${slot} after a VIEW-CHANGE for ${floor} (rule N7)` : undefined;
  }

  function once(slot: string, content: string): string | undefined {
    const before = contents.get(slot);
    contents.set(slot, content);
    if (before === undefined || before === content) return undefined;
    return `${slot} signed twice: ${before.slice(0, 12)} and ${content.slice(0, 12)}`;
  }

  return { check, highestViewAsked: () => Math.max(0, ...asked.values()) };
}
