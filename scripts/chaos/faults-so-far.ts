/** What a scenario has seen go wrong before its audit, for a run that ends early. */
import type { CertificationTracker } from '../lib/certification-tracker.ts';
import type { AcknowledgingLoad } from './acknowledging-load.ts';
import type { LogFindings } from './node-logs.ts';
import type { Storm } from './storm.ts';

export interface Watched {
  readonly load: Pick<AcknowledgingLoad, 'faults'>;
  readonly tracker: Pick<CertificationTracker, 'faults'>;
  readonly storm: Pick<Storm, 'faults' | 'zeros'>;
}

/** @param readLogs at this moment; @returns also counts that must be zero and are not */
export function faultsSoFar(watched: Watched, readLogs: () => LogFindings): readonly string[] {
  const logs = logsIfReadable(readLogs);
  const zeros = Object.entries({ equivocations: logs.equivocations, ...watched.storm.zeros });
  return [
    ...zeros.filter(([, count]) => count !== 0).map(([name, count]) => `${name} = ${count}`),
    ...faultsOf(watched, logs),
  ];
}

/** In the middle of a fault a disk may refuse: what the others have seen is told all the same. */
function logsIfReadable(readLogs: () => LogFindings): LogFindings {
  try {
    return readLogs();
  } catch (error) {
    return { equivocations: 0, defects: [`logs cannot be read: ${String(error)}`] };
  }
}

/** Without what is counted. */
export const faultsOf = ({ load, tracker, storm }: Watched, { defects }: LogFindings): readonly string[] => [
  ...load.faults,
  ...tracker.faults,
  ...defects,
  ...storm.faults,
];
