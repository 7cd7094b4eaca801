/** VIEW-CHANGEs that claim, on signatures that nobody made, that the null batch prepared in the view before. */
import { viewChangeContent } from '../../../shared/codec/messages.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { Digest, Height, Signature, ValidatorId, View } from '../../../shared/types/brands.ts';
import type {
  ConsensusMessage,
  PreparedCertificate,
  SignedVote,
  VoteKind,
} from '../../../shared/types/messages.ts';
import { nullBatchDigest } from '../../consensus/null-batch.ts';
import type { Liar } from './tamper.ts';

const forgedSignature = new Uint8Array(64).fill(1) as Signature;

export function forge({ founding, id, sign }: Liar, message: ConsensusMessage): ConsensusMessage {
  if (message.kind !== 'view-change' || message.vote.sender !== id) return message;
  const view = (message.vote.view - 1) as View;
  const sequence = (message.body.height + 1) as Height;
  const body = { ...message.body, prepared: [forgedCertificate(founding.ids, view, sequence)] };
  return { ...message, vote: sign({ ...message.vote, content: viewChangeContent(body) }), body };
}

function forgedCertificate(ids: readonly ValidatorId[], view: View, sequence: Height): PreparedCertificate {
  const epoch = 0 as PreparedCertificate['epoch'];
  const primary = ids[view % ids.length]!;
  const vote = (kind: VoteKind, sender: ValidatorId): SignedVote => ({
    kind,
    epoch,
    view,
    sequence,
    content: nullBatchDigest as Digest,
    sender,
    signature: forgedSignature,
  });
  const backups = ids.filter((id) => id !== primary).slice(0, quorum(ids.length) - 1);
  return {
    epoch,
    view,
    sequence,
    batch: nullBatchDigest,
    prePrepare: vote('pre-prepare', primary),
    prepares: backups.map((backup) => vote('prepare', backup)),
  };
}
