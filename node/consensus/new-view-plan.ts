/**
 * The set O of a new view (rule V3; OSDI'99 §4.4), as one pure function of its VIEW-CHANGEs: the primary
 * signs what it yields, and every backup recomputes it.
 */
import type { BatchDigest, Height } from '../../shared/types/brands.ts';
import type { PreparedCertificate, ViewChangeMessage } from '../../shared/types/messages.ts';
import { byId } from './membership.ts';
import { nullBatchDigest } from './null-batch.ts';
import type { NewViewPlan } from './state.ts';

/**
 * min = highest h in the VIEW-CHANGEs, max = highest prepared sequence; each sequence between gets the digest
 * prepared in the highest view, else the null batch. Assumes valid VIEW-CHANGEs.
 */
export function planNewView(viewChanges: readonly ViewChangeMessage[]): NewViewPlan {
  const minSequence = highest(viewChanges.map((message) => message.body.height));
  const certificates = viewChanges
    .flatMap((message) => message.body.prepared)
    .filter((certificate) => certificate.sequence > minSequence);
  const maxSequence = highest([minSequence, ...certificates.map((certificate) => certificate.sequence)]);
  const entries = [];
  for (let sequence = minSequence + 1; sequence <= maxSequence; sequence += 1)
    entries.push(entryAt(sequence as Height, certificates));
  return { minSequence, maxSequence, entries };
}

function entryAt(
  sequence: Height,
  certificates: readonly PreparedCertificate[],
): NewViewPlan['entries'][number] {
  const candidates = certificates.filter((certificate) => certificate.sequence === sequence);
  const chosen = candidates.reduce<PreparedCertificate | undefined>(preferred, undefined);
  if (chosen === undefined) return { sequence, digest: nullBatchDigest, holders: [] };
  return { sequence, digest: chosen.batch, holders: holdersOf(candidates, chosen.batch) };
}

/** Highest view wins. Two digests prepared in one view need more than f liars: any fixed choice will do. */
function preferred(best: PreparedCertificate | undefined, next: PreparedCertificate): PreparedCertificate {
  if (best === undefined || next.view > best.view) return next;
  if (next.view === best.view && next.batch < best.batch) return next;
  return best;
}

function holdersOf(certificates: readonly PreparedCertificate[], batch: BatchDigest) {
  const voters = certificates
    .filter((certificate) => certificate.batch === batch)
    .flatMap((certificate) => [
      certificate.prePrepare.sender,
      ...certificate.prepares.map((vote) => vote.sender),
    ]);
  return [...new Set(voters)].sort(byId);
}

const highest = (heights: readonly Height[]): Height => Math.max(0, ...heights) as Height;
