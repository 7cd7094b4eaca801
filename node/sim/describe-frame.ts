/** What a frame says, in a few words, for whoever reads the story of a seed that failed. */
import { decodeMessage } from '../../shared/codec/messages.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import { decodeLinkMessage } from '../runtime/wire.ts';

const limits = { validators: 64, window: 64, batchLimit: 1_000 };

/** Liars send what does not decode: then its length. */
export function describeFrame(frame: Uint8Array): string {
  try {
    const message = decodeLinkMessage(frame, defaultParameters);
    if (message.type !== 'consensus') return message.type;
    const certificate =
      message.certificate === undefined ? [] : [`certificate ${message.certificate.height}`];
    return [...certificate, ...message.messages.map(describeMessage)].join(', ');
  } catch {
    return `${frame.length} bytes`;
  }
}

function describeMessage(bytes: Uint8Array): string {
  const message = decodeMessage(bytes, limits);
  if (!('vote' in message)) return `${message.kind} ${message.height}`;
  const { view, sequence, content } = message.vote;
  const slot = sequence === 0 ? `${view}` : `${view}/${sequence} ${content.slice(0, 6)}`;
  return `${message.kind} ${slot}`;
}
