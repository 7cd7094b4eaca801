/** Verifies evidence away from the page's thread, with the code that the command line uses. */

import type { EvidenceVerification } from '../../../shared/protocol/verify-evidence.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { EvidenceQuestion } from '../features/evidence/question.ts';
import type { WorkerReply } from '../lib/worker-client.ts';
import { checkEvidence } from './check-evidence.ts';
import { signatureVerifier } from './signature-verifier.ts';

type Question = EvidenceQuestion & { readonly id: number };

self.onmessage = ({ data }: MessageEvent<Question>) => {
  void answer(data).then((reply) => self.postMessage(reply));
};

async function answer({ id, record, epochs, network }: Question): Promise<WorkerReply<EvidenceVerification>> {
  try {
    const verify = await signatureVerifier();
    return { id, type: 'report', report: await checkEvidence(record, epochs, network as NetworkId, verify) };
  } catch (error) {
    return { id, type: 'crashed', message: error instanceof Error ? error.message : String(error) };
  }
}
