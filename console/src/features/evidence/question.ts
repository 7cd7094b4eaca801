import type { EvidenceRecordJson } from '../../../../shared/api.ts';
import type { EpochsClaim } from '../verify/subjects.ts';

/** What the worker is asked: the record exactly as the page shows it. */
export interface EvidenceQuestion {
  readonly record: EvidenceRecordJson;
  readonly epochs: EpochsClaim;
  /** The pinned network id: the only thing that is trusted. */
  readonly network: string;
}
