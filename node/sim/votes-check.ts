/**
 * What an honest key may sign: one content in a slot, one block at a height, and below a VIEW-CHANGE that it
 * signed nothing new (rule N7). Watches the bytes that are handed to the signer, across restarts.
 */
import { decode } from '../../shared/codec/dag-cbor.ts';
import { toHex } from '../../shared/codec/hex.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';

export interface SignatureWatch {
  /** undefined, or what is wrong with signing this. */
  check(signer: ValidatorId, message: Uint8Array): string | undefined;
  /** Highest view for which this signer signed a VIEW-CHANGE. */
  highestViewAsked(): number;
}

const networkBytes = 32;

export function createSignatureWatch(): SignatureWatch {
  const contents = new Map<string, string>();
  const asked = new Map<ValidatorId, number>();

  function check(signer: ValidatorId, message: Uint8Array): string | undefined {
    const end = message.indexOf(0);
    const domain = String.fromCharCode(...message.subarray('concordat/'.length, end));
    // A validator's own transactions take no slot.
    if (domain === 'heartbeat/v1' || domain === 'transaction/v1') return undefined;
    const fields = decode(message.subarray(end + 1 + networkBytes)) as { readonly [key: string]: CborValue };
    if (domain === 'seal/v1') return seal(signer, fields);
    return vote(signer, domain.split('/')[1] ?? domain, fields);
  }

  function seal(
    signer: ValidatorId,
    { height, block }: { readonly [key: string]: CborValue },
  ): string | undefined {
    return once(`${signer} seal at height ${height}`, toHex(block as Uint8Array));
  }

  function vote(
    signer: ValidatorId,
    kind: string,
    { view, sequence, content }: { readonly [key: string]: CborValue },
  ): string | undefined {
    const slot = `${signer} ${kind} in view ${view} at ${sequence}`;
    const isNew = !contents.has(slot);
    const conflict = once(slot, toHex(content as Uint8Array));
    const floor = asked.get(signer) ?? 0;
    if (kind === 'view-change') asked.set(signer, Math.max(floor, view as number));
    if (conflict !== undefined || !isNew || kind === 'view-change' || kind === 'new-view') return conflict;
    return (view as number) < floor ? `${slot} after a VIEW-CHANGE for ${floor} (rule N7)` : undefined;
  }

  function once(slot: string, content: string): string | undefined {
    const before = contents.get(slot);
    contents.set(slot, content);
    if (before === undefined || before === content) return undefined;
    return `${slot} signed twice: ${before.slice(0, 12)} and ${content.slice(0, 12)}`;
  }

  return { check, highestViewAsked: () => Math.max(0, ...asked.values()) };
}
