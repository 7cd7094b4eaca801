import type { VerificationReport } from '../checks.ts';
import type { EpochsClaim, Subject } from '../subjects.ts';

/** What the verification of files needs of where it runs: the console, or a page that an auditor keeps on disk. */
export interface FilePorts {
  /** Asks nobody. */
  readonly verify: (
    subject: Subject,
    network: string,
    epochs: EpochsClaim | undefined,
  ) => Promise<VerificationReport>;
  /** What is known here of the epochs of a network, for packs, which must not contradict it. Asks nobody. */
  readonly knownEpochs: (network: string) => Promise<EpochsClaim | undefined>;
  /** The same, as new as can be had, for receipts, which do not say who the validators are. */
  readonly newestEpochs: (network: string) => Promise<EpochsClaim | undefined>;
  /** Of what was proven from this id. */
  readonly keepEpochs: (network: string, epochs: EpochsClaim) => Promise<void>;
  /** @throws Error if this was proven to be something else before */
  readonly refuseContradiction: (report: VerificationReport) => void;
}
