/** What bytes that are handed to a signer say (rule M1): domain, network, slot, content. */
import { decode } from '../../../shared/codec/dag-cbor.ts';
import { toHex } from '../../../shared/codec/hex.ts';
import type { BlockHash, Digest, Height, View } from '../../../shared/types/brands.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import type { VoteKind } from '../../../shared/types/messages.ts';

export type SignedContent =
  | { readonly kind: VoteKind; readonly view: View; readonly sequence: Height; readonly content: Digest }
  | { readonly kind: 'seal'; readonly height: Height; readonly block: BlockHash };

const networkBytes = 32;
const prefix = 'concordat/';

/** undefined: a heartbeat, which promises nothing, or a validator's own transaction, which takes no slot. */
export function readSigned(message: Uint8Array): SignedContent | undefined {
  const end = message.indexOf(0);
  const domain = String.fromCharCode(...message.subarray(prefix.length, end)).split('/');
  if (domain[0] !== 'vote' && domain[0] !== 'seal') return undefined;
  const fields = decode(message.subarray(end + 1 + networkBytes)) as { readonly [key: string]: CborValue };
  if (domain[0] === 'seal') {
    const { height, block } = fields;
    return { kind: 'seal', height: height as Height, block: toHex(block as Uint8Array) as BlockHash };
  }
  const { view, sequence, content } = fields;
  return {
    kind: domain[1] as VoteKind,
    view: view as View,
    sequence: sequence as Height,
    content: toHex(content as Uint8Array) as Digest,
  };
}
