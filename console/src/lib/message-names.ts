import type { EvidenceRecordJson } from '../../../shared/api.ts';

/** Messages of the protocol as docs/protocol.md writes them. */
export const messageNames: { readonly [kind in EvidenceRecordJson['kind']]: string } = {
  'pre-prepare': 'PRE-PREPARE',
  prepare: 'PREPARE',
  commit: 'COMMIT',
  seal: 'seal',
  'view-change': 'VIEW-CHANGE',
  'new-view': 'NEW-VIEW',
};
