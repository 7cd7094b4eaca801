import type { EvidenceRecordJson, GenesisJson } from '../../../../shared/api.ts';

/** What the worker is asked: the record exactly as the page shows it. */
export interface EvidenceQuestion {
  readonly record: EvidenceRecordJson;
  readonly genesis: GenesisJson;
  /** The pinned network id: the only thing that is trusted. */
  readonly network: string;
}
