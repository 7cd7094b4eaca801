/** As primary, repeats in each batch what the last block ran: accepted by all (N2), skipped by state (X2). */
import { batchDigest } from '../../../shared/codec/ledger.ts';
import type { ConsensusMessage, PrePrepareMessage } from '../../../shared/types/messages.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

/** The same proposal goes to everyone, and again after a restart: it lies about transactions, not about slots. */
export const createStaleProposer: CreateLiar = (tools) => {
  const { founding, self, disk, signVote } = tools;
  const { batchLimit } = founding.document.parameters;
  const told = new Map<string, PrePrepareMessage>();

  function lieAbout(message: PrePrepareMessage): PrePrepareMessage {
    const { vote, batch } = message;
    const key = `${vote.view}/${vote.sequence}/${vote.content}`;
    const known = told.get(key);
    if (known !== undefined) return known;
    const last =
      disk()
        .blocks.at(-1)
        ?.block.ran.map(({ transaction }) => transaction.id) ?? [];
    const stale = last.filter((transaction) => !batch.ids.includes(transaction));
    const swollen = { ...batch, ids: [...batch.ids, ...stale].slice(0, batchLimit) };
    const lie = { ...message, vote: signVote({ ...vote, content: batchDigest(swollen) }), batch: swollen };
    told.set(key, lie);
    return lie;
  }

  const lie = (message: ConsensusMessage): ConsensusMessage[] =>
    message.kind === 'pre-prepare' && message.vote.sender === self ? [lieAbout(message)] : [message];

  return { says: (_to, message) => [{ message: changed(tools, message, lie) }] };
};
