/** What a twin of the last validator of the test consortium leaves behind: two signed messages for one slot. */
import { evidenceOf } from '../../../shared/codec/conflict.ts';
import { evidenceToCbor } from '../../../shared/codec/evidence.ts';
import { signingBytesOf } from '../../../shared/protocol/verify-evidence.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import type { SlotMessage } from '../../../shared/types/messages.ts';
import { signBy, validatorKeys } from './consortium.ts';

export const accused = 'validator-4' as ValidatorId;

/** Arguments of `validator.evidence`. */
export function evidenceArgs(network: NetworkId, kind: 'prepare' | 'commit' | 'seal'): CborValue {
  const [one, other] = ['aa', 'bb'].map((byte) => signed(network, messageOf(kind, byte.repeat(32))));
  return evidenceToCbor(evidenceOf(one!, other!)!);
}

function messageOf(kind: 'prepare' | 'commit' | 'seal', content: string): SlotMessage {
  const common = { epoch: epochOf(0), sender: accused, signature: new Uint8Array(64) as Signature };
  return kind === 'seal'
    ? { ...common, kind, height: heightOf(4), block: content as BlockHash }
    : { ...common, kind, view: viewOf(1), sequence: heightOf(4), content: content as Digest };
}

const signed = (network: NetworkId, message: SlotMessage): SlotMessage => ({
  ...message,
  signature: signBy(validatorKeys[3]!.seed, signingBytesOf(network, message)),
});
