/** VIEW-CHANGEs that claim, on signatures that nobody made, that the null batch prepared in the view before. */
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { Digest, Epoch, Height, Signature, ValidatorId, View } from '../../../shared/types/brands.ts';
import type {
  ConsensusMessage,
  PreparedCertificate,
  SignedVote,
  VoteKind,
} from '../../../shared/types/messages.ts';
import { nullBatchDigest } from '../../consensus/null-batch.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

const forgedSignature = new Uint8Array(64).fill(1) as Signature;

export const createClaimForger: CreateLiar = (tools) => {
  function forge(message: ConsensusMessage): ConsensusMessage[] {
    if (message.kind !== 'view-change' || message.vote.sender !== tools.self) return [message];
    const { epoch } = message.vote;
    const view = (message.vote.view - 1) as View;
    const sequence = (message.body.height + 1) as Height;
    const prepared = [forgedCertificate(epoch, tools.validatorsOf(epoch), view, sequence)];
    return [tools.signViewChange(message.vote, { ...message.body, prepared })];
  }

  return { says: (_to, message) => [{ message: changed(tools, message, forge) }] };
};

function forgedCertificate(
  epoch: Epoch,
  ids: readonly ValidatorId[],
  view: View,
  sequence: Height,
): PreparedCertificate {
  const primary = ids[(epoch + view) % ids.length]!;
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
