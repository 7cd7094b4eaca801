import { createWorkerClient } from '../../../lib/worker-client.ts';
import type { VerificationReport } from '../checks.ts';
import type { Subject, VerifyRequest } from '../subjects.ts';

const client = createWorkerClient<Omit<VerifyRequest, 'id'>, VerificationReport>(
  () => new Worker(new URL('../../../workers/verify.worker.ts', import.meta.url), { type: 'module' }),
);

/** Loads the worker, which then needs no network. */
export const startVerifier = (): void => void client.start();

/**
 * Verifies in the Web Worker. A failed check is a result, not an error.
 * @param network the pinned network id
 */
export const verify = (subject: Subject, network: string): Promise<VerificationReport> =>
  client.ask({ subject, network });
