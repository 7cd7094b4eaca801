import type { VerificationReport } from '../features/verify/checks.ts';
import { refuseContradiction, type Seen } from '../features/verify/contradiction.ts';
import type { FilePorts } from '../features/verify/file/ports.ts';
import type { Origin, VerifyRequest } from '../features/verify/subjects.ts';
import { createWorkerClient } from '../lib/worker-client.ts';
import VerifyWorker from '../workers/verify.worker.ts?worker&inline';

const client = createWorkerClient<Omit<VerifyRequest, 'id'>, VerificationReport>(() => new VerifyWorker());

/** Everything is in this page, and what it learns lasts as long as the page: it asks nobody and stores nothing. */
const origins = new Map<string, Origin>();
const proven = new Map<string, Seen>();

export const diskPorts: FilePorts = {
  verify: (subject, network) => client.ask({ subject, network }),
  originOf: async (network) => origins.get(network),
  keepOrigin: (network, origin) => void origins.set(network, origin),
  refuseContradiction: (report) => {
    if (report.proven === undefined) return;
    const place = `${report.proven.network} ${report.proven.height}`;
    refuseContradiction(proven.get(place), report.proven);
    proven.set(place, report.proven);
  },
};
