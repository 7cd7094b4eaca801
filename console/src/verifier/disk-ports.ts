import { refuseContradiction, type Seen } from '../features/verify/contradiction.ts';
import type { FilePorts } from '../features/verify/file/ports.ts';
import type { EpochsClaim, VerifyAnswer, VerifyRequest } from '../features/verify/subjects.ts';
import { createWorkerClient } from '../lib/worker-client.ts';
import VerifyWorker from '../workers/verify.worker.ts?worker&inline';

const client = createWorkerClient<Omit<VerifyRequest, 'id'>, VerifyAnswer>(() => new VerifyWorker());

/** Everything is in this page, and what it learns lasts as long as the page: it asks nobody and stores nothing. */
const known = new Map<string, EpochsClaim>();
const proven = new Map<string, Seen>();

const knownEpochs = async (network: string): Promise<EpochsClaim | undefined> => known.get(network);

export const diskPorts: FilePorts = {
  verify: async (subject, network, epochs) => {
    const { report } = await client.ask({ subject, network, ...(epochs && { epochs }) });
    return report;
  },
  knownEpochs,
  newestEpochs: knownEpochs,
  keepEpochs: async (network, epochs) => {
    const before = known.get(network)?.links.length ?? -1;
    if (before < epochs.links.length) known.set(network, epochs);
  },
  refuseContradiction: (report) => {
    if (report.proven === undefined) return;
    const place = `${report.proven.network} ${report.proven.height}`;
    refuseContradiction(proven.get(place), report.proven);
    proven.set(place, report.proven);
  },
};
