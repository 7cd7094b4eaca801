/** Which of the snapshots that peers offer is taken in (rule C2). */
import type { Digest, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { SnapshotOffer } from './ports.ts';
import { offersMax } from './wire-bounds.ts';

export interface Claim extends SnapshotOffer {
  /** Who offers it. */
  readonly claimers: Set<ValidatorId>;
}

export interface ClaimLimits {
  /** So many of the newest set known here must offer it alike: one of them is honest. */
  readonly claimersMin: number;
  readonly heightMin: number;
  /** Manifests that did not prove. */
  readonly refused: ReadonlySet<Digest>;
  /** What is half here already goes before a higher one. */
  readonly begun?: Digest | undefined;
}

/** The highest that enough peers offer alike. */
export function bestClaim(
  offers: ReadonlyMap<ValidatorId, readonly SnapshotOffer[]>,
  { claimersMin, heightMin, refused, begun }: ClaimLimits,
): Claim | undefined {
  const [best] = claimsOf(offers)
    .filter(({ manifest, claimers }) => !refused.has(manifest) && claimers.size >= claimersMin)
    .filter(({ height }) => height >= heightMin)
    .sort(
      (one, other) =>
        Number(other.manifest === begun) - Number(one.manifest === begun) || other.height - one.height,
    );
  return best;
}

/** By height and digest: a liar's pair of a wrong height must not hide the right one. */
function claimsOf(offers: ReadonlyMap<ValidatorId, readonly SnapshotOffer[]>): Claim[] {
  const claims = new Map<string, Claim>();
  for (const [peer, list] of offers) {
    for (const { height, manifest } of list.slice(0, offersMax)) {
      const key = `${height as Height} ${manifest}`;
      const claim = claims.get(key) ?? { height, manifest, claimers: new Set<ValidatorId>() };
      claims.set(key, claim);
      claim.claimers.add(peer);
    }
  }
  return [...claims.values()];
}
