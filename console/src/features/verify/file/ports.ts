import type { VerificationReport } from '../checks.ts';
import type { Origin, Subject } from '../subjects.ts';

/** What the verification of files needs of where it runs: the console, or a page that an auditor keeps on disk. */
export interface FilePorts {
  readonly verify: (subject: Subject, network: string) => Promise<VerificationReport>;
  /** The genesis of a network: a receipt does not say who the validators are. undefined if it is not known here. */
  readonly originOf: (network: string) => Promise<Origin | undefined>;
  /** A genesis that was checked against this id. */
  readonly keepOrigin: (network: string, origin: Origin) => void;
  /** @throws Error if this was proven to be something else before */
  readonly refuseContradiction: (report: VerificationReport) => void;
}
