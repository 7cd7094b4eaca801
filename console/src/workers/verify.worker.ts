/** Runs the checks away from the page's thread, with the code that the command line uses. */
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { VerifyReply, VerifyRequest } from '../features/verify/subjects.ts';
import { checksOf } from './checks-of.ts';
import { signatureVerifier } from './signature-verifier.ts';

self.onmessage = ({ data }: MessageEvent<VerifyRequest>) => {
  void answer(data).then((reply) => self.postMessage(reply));
};

async function answer({ id, subject, network }: VerifyRequest): Promise<VerifyReply> {
  try {
    const report = await checksOf(subject, network as NetworkId, await signatureVerifier());
    return { id, type: 'report', report };
  } catch (error) {
    return { id, type: 'crashed', message: error instanceof Error ? error.message : String(error) };
  }
}
