/** Runs the checks away from the page's thread, with the code that the command line uses. */
import type { VerifyReply, VerifyRequest } from '../features/verify/subjects.ts';
import { verifySubject } from './checks-of.ts';
import { signatureVerifier } from './signature-verifier.ts';

self.onmessage = ({ data }: MessageEvent<VerifyRequest>) => {
  void answer(data).then((reply) => self.postMessage(reply));
};

async function answer({ id, ...request }: VerifyRequest): Promise<VerifyReply> {
  try {
    const report = await verifySubject(request, await signatureVerifier());
    return { id, type: 'report', report };
  } catch (error) {
    return { id, type: 'crashed', message: error instanceof Error ? error.message : String(error) };
  }
}
