/**
 * Quorums counted from outside, over everything that was ever signed: a prepared certificate holds what N4 asks
 * for, an order rests on Q COMMITs of one view, votes stay inside the window (N1), and nobody gives up a view
 * that he has not entered before Q or f+1 others moved as well (V4, V5).
 */
import { voteSigningBytes } from '../../../shared/codec/messages.ts';
import { quorum, weakQuorum } from '../../../shared/protocol/quorum.ts';
import type { Digest, Height, ValidatorId, View } from '../../../shared/types/brands.ts';
import type { PreparedCertificate, SignedVote, SlotContent } from '../../../shared/types/messages.ts';
import type { Disk } from '../disk.ts';
import { type EpochFold, type KnownEpoch, primaryIn } from '../epoch-fold.ts';
import type { Founding } from '../founding.ts';
import { verifyKeyed } from '../keyed-hash.ts';

export interface QuorumWatch {
  signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined;
  /** Signed by a faulty key: it counts for the others. */
  overheard(signer: ValidatorId, signed: SlotContent): void;
  /** A view of this epoch is given up: asks for `to` while `from` is the last one entered. */
  leaving(signer: ValidatorId, epoch: number, from: number, to: number): string | undefined;
}

export function createQuorumWatch({ genesis }: Founding, epochs: EpochFold): QuorumWatch {
  /** Signers by epoch, height and batch, then by view. */
  const committers = new Map<string, Map<View, Set<ValidatorId>>>();
  /** By epoch. */
  const asked = new Map<number, Map<ValidatorId, number>>();
  const checked = new WeakSet<PreparedCertificate>();

  function signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined {
    const known = epochs.of(signed.epoch);
    if (known === undefined) return undefined;
    if (signed.kind === 'seal') return orderFault(signer, disk, known, signed.height);
    const { kind, view, sequence } = signed;
    if (kind === 'view-change') rememberAsked(signer, signed.epoch, view);
    if (kind === 'view-change' || kind === 'new-view') return undefined;
    const unasked = viewFault(known, view);
    if (unasked !== undefined) return `${signer} votes in view ${view} of epoch ${signed.epoch}, ${unasked}`;
    if (kind === 'commit') {
      rememberCommit(signer, signed);
      const fault = preparedFault(disk, known, view, sequence);
      if (fault !== undefined) return `${signer} commits at ${sequence} on a certificate that ${fault}`;
    }
    const top = disk.blocks.length + known.parameters.window;
    return sequence > top
      ? `${signer} signs a ${kind} at ${sequence}, above its window up to ${top}`
      : undefined;
  }

  /** Rule V3: every view but the first of an epoch rests on Q VIEW-CHANGEs of that epoch. */
  function viewFault({ epoch, validators }: KnownEpoch, view: number): string | undefined {
    if (view === 0) return undefined;
    const count = [...(asked.get(epoch) ?? [])].filter(([, other]) => other >= view).length;
    return count >= quorum(validators.size) ? undefined : `which ${count} asked for`;
  }

  function overheard(signer: ValidatorId, signed: SlotContent): void {
    if (signed.kind === 'view-change') rememberAsked(signer, signed.epoch, signed.view);
    if (signed.kind === 'commit') rememberCommit(signer, signed);
  }

  function rememberAsked(signer: ValidatorId, epoch: number, view: number): void {
    const views = asked.get(epoch) ?? new Map<ValidatorId, number>();
    asked.set(epoch, views.set(signer, Math.max(view, views.get(signer) ?? 0)));
  }

  /** Who is no validator of the epoch does not count. */
  function rememberCommit(
    signer: ValidatorId,
    { epoch, view, sequence, content }: Exclude<SlotContent, { readonly kind: 'seal' }>,
  ): void {
    if (epochs.of(epoch)?.validators.has(signer) !== true) return;
    const name = `${epoch}/${sequence}/${content}`;
    const byView = committers.get(name) ?? new Map<View, Set<ValidatorId>>();
    committers.set(name, byView.set(view, (byView.get(view) ?? new Set()).add(signer)));
  }

  function preparedFault(disk: Disk, known: KnownEpoch, view: View, sequence: Height): string | undefined {
    for (const record of disk.records) {
      if (record.kind !== 'prepared' || checked.has(record.certificate)) continue;
      const { certificate } = record;
      if (certificate.view !== view || certificate.sequence !== sequence) continue;
      if (certificate.epoch !== known.epoch) continue;
      checked.add(certificate);
      return certificateFault(certificate, known);
    }
    return undefined;
  }

  /** The obvious way, in the words of rule N4. */
  function certificateFault(
    { epoch, view, sequence, batch, prePrepare, prepares }: PreparedCertificate,
    known: KnownEpoch,
  ): string | undefined {
    const primary = primaryIn(known, view);
    const needed = quorum(known.validators.size);
    const votes = [prePrepare, ...prepares];
    const backups = new Set(prepares.map((vote) => vote.sender).filter((id) => id !== primary));
    if (prePrepare.kind !== 'pre-prepare' || prePrepare.sender !== primary)
      return 'is not led by its primary';
    if (prepares.some((vote) => vote.kind !== 'prepare')) return 'counts what is no PREPARE';
    if (
      votes.some((vote) => nameOf(vote.view, vote.sequence, vote.content) !== nameOf(view, sequence, batch))
    )
      return 'mixes slots';
    if (votes.some((vote) => vote.epoch !== epoch)) return 'mixes epochs';
    if (backups.size < needed - 1) return `has ${backups.size} backups`;
    return votes.every((vote) => verifies(vote, known)) ? undefined : 'holds a forged signature';
  }

  function verifies(vote: SignedVote, { validators }: KnownEpoch): boolean {
    const key = validators.get(vote.sender)?.consensusKey;
    return key !== undefined && verifyKeyed(key, voteSigningBytes(genesis.network, vote), vote.signature);
  }

  function orderFault(
    signer: ValidatorId,
    disk: Disk,
    { epoch, validators }: KnownEpoch,
    height: Height,
  ): string | undefined {
    for (const record of disk.records) {
      if (record.kind !== 'ordered' || record.height !== height) continue;
      const most = mostCommits(epoch, height, record.batch);
      if (most < quorum(validators.size))
        return `${signer} seals height ${height}, which ${most} committed in one view`;
    }
    return undefined;
  }

  function mostCommits(epoch: number, height: Height, batch: Digest): number {
    const byView = committers.get(`${epoch}/${height}/${batch}`) ?? new Map<View, Set<ValidatorId>>();
    return Math.max(0, ...[...byView.values()].map((signers) => signers.size));
  }

  function leaving(signer: ValidatorId, epoch: number, from: number, to: number): string | undefined {
    const known = epochs.of(epoch);
    if (to <= from + 1 || known === undefined) return undefined;
    const n = known.validators.size;
    const others = [...(asked.get(epoch) ?? [])].filter(([id]) => id !== signer).map(([, view]) => view);
    const above = others.filter((view) => view >= to).length;
    const beside = others.filter((view) => view >= to - 1).length + 1;
    if (above >= weakQuorum(n) || beside >= quorum(n)) return undefined;
    return `${signer} gives up view ${to - 1}, which ${beside} asked for`;
  }

  return { signing, overheard, leaving };
}

const nameOf = (view: View, sequence: Height, content: Digest): string => `${view}/${sequence}/${content}`;
