import { gatewayOrigin } from '../../../lib/gateway.ts';
import { createWorkerClient } from '../../../lib/worker-client.ts';
import type { VerificationReport } from '../checks.ts';
import { forgetEpochs, keepEpochs, keptEpochs } from '../kept-epochs.ts';
import type { EpochsClaim, Subject, VerifyAnswer, VerifyRequest } from '../subjects.ts';
import { claimAt } from './epochs.ts';

const client = createWorkerClient<Omit<VerifyRequest, 'id'>, VerifyAnswer>(
  () => new Worker(new URL('../../../workers/verify.worker.ts', import.meta.url), { type: 'module' }),
);

/** Loads the worker, which then needs no network. */
export const startVerifier = (): void => void client.start();

/**
 * Verifies in the Web Worker, with the hand-overs between epochs that are known here and those that the gateway adds. A
 * failed check is a result, not an error.
 * @param network the pinned network id
 * @param origin of the gateway that the subject comes from
 * @param signal ends what is asked of it; the worker finishes what it was given
 * @throws GatewayError if that does not say the epochs
 */
export async function verify(
  subject: Subject,
  network: string,
  origin: string = gatewayOrigin(),
  signal?: AbortSignal,
): Promise<VerificationReport> {
  const kept = await keptEpochs(network);
  const isEnough = kept !== undefined && epochOf(subject) <= kept.links.length;
  const { report, held = -1 } = await proven(
    subject,
    network,
    isEnough ? kept : await claimAt(origin, network, signal),
  );
  if (kept === undefined || held >= kept.links.length) return report;
  // No gateway is to blame for what was damaged here.
  await forgetEpochs(network);
  return (await proven(subject, network, await claimAt(origin, network, signal))).report;
}

/** Verifies with what is given, and asks nobody. */
export const verifyHere = async (
  subject: Subject,
  network: string,
  epochs: EpochsClaim | undefined,
): Promise<VerificationReport> => (await proven(subject, network, epochs)).report;

async function proven(
  subject: Subject,
  network: string,
  epochs: EpochsClaim | undefined,
): Promise<VerifyAnswer> {
  if (epochs === undefined) return client.ask({ subject, network });
  const answer = await client.ask({ subject, network, epochs });
  if (answer.held === epochs.links.length) await keepEpochs(network, epochs);
  return answer;
}

/** The newest block is checked each second: its epoch is known but once in a while. Others have parts of several. */
const epochOf = (subject: Subject): number =>
  subject.kind === 'certificate' ? subject.block.header.epoch : Number.POSITIVE_INFINITY;
