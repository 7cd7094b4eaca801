/** Does everything right, but just before somebody would suspect it: proposals and votes leave late, heartbeats in time. */
import type { LinkMessage } from '../../runtime/wire.ts';
import type { CreateLiar } from './liar.ts';

const shareOfPatience = 0.8;

export const createCrawler: CreateLiar = ({ founding, read }) => {
  const { waitingTimeoutMs, primarySilenceMs } = founding.document.parameters;
  const lateMs = shareOfPatience * Math.min(waitingTimeoutMs, primarySilenceMs);

  function isVote(message: LinkMessage): boolean {
    if (message.type !== 'consensus') return false;
    return message.messages.some((bytes) => read(bytes)?.kind !== 'heartbeat');
  }

  return { says: (_to, message) => [{ message, delayMs: isVote(message) ? lateMs : 0 }] };
};
