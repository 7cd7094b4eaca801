/** Asks a signer over its socket what it knows. */
import { askSigner } from '../crypto/signer-ask.ts';
import type { SignerStatus } from '../crypto/signer-wire.ts';

/** undefined if nobody answers. @throws CodecError if it is no signer of this version that does */
export async function askSignerStatus(socket: string): Promise<SignerStatus | undefined> {
  const answer = (await askSigner(socket, { type: 'status', id: 1 }))?.answer;
  return answer?.type === 'status' ? answer.status : undefined;
}
