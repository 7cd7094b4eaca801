/** The genesis document as JSON: copies that an answer may own. */
import type { GenesisJson } from '../../shared/api.ts';
import { actionKinds, type Threshold } from '../../shared/types/governance.ts';
import type { GenesisDocument, GenesisIdentity } from '../../shared/types/ledger.ts';

type DocumentJson = GenesisJson['document'];

export const genesisDocumentJson = (document: GenesisDocument): DocumentJson => ({
  ...document,
  parameters: { ...document.parameters },
  members: [...document.members],
  validators: [...document.validators],
  identities: document.identities.map(identityJson),
  governance: {
    thresholds: Object.fromEntries(
      actionKinds.map((kind) => [kind, thresholdJson(document.governance.thresholds[kind])]),
    ) as DocumentJson['governance']['thresholds'],
  },
  recovery: { threshold: thresholdJson(document.recovery.threshold) },
});

export function identityJson({ streams, ...identity }: GenesisIdentity): DocumentJson['identities'][number] {
  return {
    ...identity,
    roles: [...identity.roles],
    ...(streams !== undefined && { streams: [...streams] }),
  };
}

const thresholdJson = ({ more: [part, of] }: Threshold): { more: [number, number] } => ({ more: [part, of] });
