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
import type { Founding } from '../founding.ts';
import { verifyKeyed } from '../keyed-hash.ts';

export interface QuorumWatch {
  signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined;
  /** Signed by a faulty key: it counts for the others. */
  overheard(signer: ValidatorId, signed: SlotContent): void;
  /** A view is given up: asks for `to` while `from` is the last one entered. */
  leaving(signer: ValidatorId, from: number, to: number): string | undefined;
}

export function createQuorumWatch({ document, genesis, ids }: Founding): QuorumWatch {
  const keys = new Map(document.validators.map(({ id, consensusKey }) => [id, consensusKey]));
  const needed = quorum(ids.length);
  const { window } = document.parameters;
  /** Signers by height and batch, then by view. */
  const committers = new Map<string, Map<View, Set<ValidatorId>>>();
  const asked = new Map<ValidatorId, number>();
  const checked = new WeakSet<PreparedCertificate>();

  function signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined {
    if (signed.kind === 'seal') return orderFault(signer, disk, signed.height);
    const { kind, view, sequence, content } = signed;
    if (kind === 'view-change') asked.set(signer, Math.max(view, asked.get(signer) ?? 0));
    if (kind === 'view-change' || kind === 'new-view') return undefined;
    if (kind === 'commit') {
      rememberCommit(signer, view, `${sequence}/${content}`);
      const fault = preparedFault(disk, view, sequence);
      if (fault !== undefined) return `${signer} commits at ${sequence} on a certificate that ${fault}`;
    }
    const top = disk.blocks.length + window;
    return sequence > top
      ? `${signer} signs a ${kind} at ${sequence}, above its window up to ${top}`
      : undefined;
  }

  function overheard(signer: ValidatorId, signed: SlotContent): void {
    if (signed.kind === 'view-change') asked.set(signer, Math.max(signed.view, asked.get(signer) ?? 0));
    if (signed.kind === 'commit') rememberCommit(signer, signed.view, `${signed.sequence}/${signed.content}`);
  }

  function rememberCommit(signer: ValidatorId, view: View, name: string): void {
    const byView = committers.get(name) ?? new Map<View, Set<ValidatorId>>();
    committers.set(name, byView.set(view, (byView.get(view) ?? new Set()).add(signer)));
  }

  function preparedFault(disk: Disk, view: View, sequence: Height): string | undefined {
    for (const record of disk.records) {
      if (record.kind !== 'prepared' || checked.has(record.certificate)) continue;
      const { certificate } = record;
      if (certificate.view !== view || certificate.sequence !== sequence) continue;
      checked.add(certificate);
      return certificateFault(certificate);
    }
    return undefined;
  }

  /** The obvious way, in the words of rule N4. */
  function certificateFault({ epoch, view, sequence, batch, prePrepare, prepares }: PreparedCertificate) {
    const primary = ids[(epoch + view) % ids.length];
    const votes = [prePrepare, ...prepares];
    const backups = new Set(prepares.map((vote) => vote.sender).filter((id) => id !== primary));
    if (prePrepare.kind !== 'pre-prepare' || prePrepare.sender !== primary)
      return 'is not led by its primary';
    if (prepares.some((vote) => vote.kind !== 'prepare')) return 'counts what is no PREPARE';
    if (
      votes.some((vote) => nameOf(vote.view, vote.sequence, vote.content) !== nameOf(view, sequence, batch))
    )
      return 'mixes slots';
    if (backups.size < needed - 1) return `has ${backups.size} backups`;
    return votes.every(verifies) ? undefined : 'holds a forged signature';
  }

  function verifies(vote: SignedVote): boolean {
    const key = keys.get(vote.sender);
    return key !== undefined && verifyKeyed(key, voteSigningBytes(genesis.network, vote), vote.signature);
  }

  function orderFault(signer: ValidatorId, disk: Disk, height: Height): string | undefined {
    for (const record of disk.records) {
      if (record.kind !== 'ordered' || record.height !== height) continue;
      const most = mostCommits(height, record.batch);
      if (most < needed) return `${signer} seals height ${height}, which ${most} committed in one view`;
    }
    return undefined;
  }

  function mostCommits(height: Height, batch: Digest): number {
    const byView = committers.get(`${height}/${batch}`) ?? new Map<View, Set<ValidatorId>>();
    return Math.max(0, ...[...byView.values()].map((signers) => signers.size));
  }

  function leaving(signer: ValidatorId, from: number, to: number): string | undefined {
    if (to <= from + 1) return undefined;
    const others = [...asked].filter(([id]) => id !== signer).map(([, view]) => view);
    const above = others.filter((view) => view >= to).length;
    const beside = others.filter((view) => view >= to - 1).length + 1;
    if (above >= weakQuorum(ids.length) || beside >= needed) return undefined;
    return `${signer} gives up view ${to - 1}, which ${beside} asked for`;
  }

  return { signing, overheard, leaving };
}

const nameOf = (view: View, sequence: Height, content: Digest): string => `${view}/${sequence}/${content}`;
