/**
 * What a client remembers between sessions: the highest certificate that it has seen. A second certified block
 * at that height means that more than f validators signed both, and the client refuses to go on.
 */
import type { Certificate } from '../types/ledger.ts';

export interface LightClient {
  /** Absent until the first certificate. */
  readonly highest?: Certificate;
}

export type Observation =
  | { readonly kind: 'advanced'; readonly client: LightClient }
  /** Known, or of a lower height: prove it by its inclusion in the highest one's history. */
  | { readonly kind: 'unchanged'; readonly client: LightClient }
  /** Same height, different block. Both certificates together prove it to anyone. */
  | { readonly kind: 'contradiction'; readonly known: Certificate; readonly other: Certificate };

/** `certificate` has been verified (verify-certificate.ts). */
export const observeCertificate = (client: LightClient, certificate: Certificate): Observation => {
  const { highest } = client;
  if (highest === undefined || certificate.height > highest.height) {
    return { kind: 'advanced', client: { highest: certificate } };
  }
  if (certificate.height === highest.height && certificate.block !== highest.block) {
    return { kind: 'contradiction', known: highest, other: certificate };
  }
  return { kind: 'unchanged', client };
};
