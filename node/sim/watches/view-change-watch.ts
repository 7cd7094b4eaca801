/**
 * Rules V2 and V3 once more, the slow way: a VIEW-CHANGE names everything that its sender committed to, and a
 * NEW-VIEW names what its VIEW-CHANGEs oblige it to. Checked when they are signed, on what the disk holds.
 */
import {
  newViewContent,
  sealSigningBytes,
  viewChangeContent,
  voteSigningBytes,
} from '../../../shared/codec/messages.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { Digest, ValidatorId } from '../../../shared/types/brands.ts';
import type {
  NewViewBody,
  PreparedCertificate,
  SignedVote,
  SlotContent,
  ViewChangeBody,
} from '../../../shared/types/messages.ts';
import { nullBatchDigest } from '../../consensus/null-batch.ts';
import type { Disk } from '../disk.ts';
import type { EpochFold } from '../epoch-fold.ts';
import type { Founding } from '../founding.ts';
import { verifyKeyed } from '../keyed-hash.ts';

export interface ViewChangeWatch {
  signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined;
}

export function createViewChangeWatch({ genesis }: Founding, epochs: EpochFold): ViewChangeWatch {
  /** Highest view of a COMMIT, by signer and epoch, then by sequence. */
  const committed = new Map<string, Map<number, number>>();

  function signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined {
    const own = `${signer} ${signed.epoch}`;
    if (signed.kind === 'commit') rememberCommit(own, signed.sequence, signed.view);
    if (signed.kind === 'view-change') {
      const body = bodyOf(disk, signed);
      const fault = viewChangeFault(own, signed.view, body) ?? startFault(signed.epoch, body);
      return fault === undefined ? undefined : `${signer} signs a VIEW-CHANGE ${fault}`;
    }
    if (signed.kind !== 'new-view') return undefined;
    const fault = newViewFault(signed.epoch, signed.view, newViewOf(disk, signed));
    return fault === undefined ? undefined : `${signer} signs a NEW-VIEW for ${signed.view} that ${fault}`;
  }

  function rememberCommit(own: string, sequence: number, view: number): void {
    const views = committed.get(own) ?? new Map<number, number>();
    committed.set(own, views.set(sequence, Math.max(view, views.get(sequence) ?? 0)));
  }

  /** Where its epoch began, the certificate is of the one before; anywhere else it is of its own (rule V2). */
  function startFault(epoch: number, body: ViewChangeBody | undefined): string | undefined {
    const known = epochs.of(epoch);
    if (body === undefined || known === undefined) return undefined;
    if (body.height < known.firstHeight - 1) return `from height ${body.height}, below its epoch`;
    const expected = body.height < known.firstHeight ? epoch - 1 : epoch;
    if (body.certificate === undefined ? body.height > 0 : body.certificate.epoch !== expected)
      return `without the certificate of its height ${body.height}`;
    return body.prepared.some((certificate) => certificate.epoch !== epoch)
      ? 'with claims of another epoch'
      : undefined;
  }

  /** After a restart an older one is signed again: it knows nothing of COMMITs in its own view. */
  function viewChangeFault(own: string, asked: number, body: ViewChangeBody | undefined): string | undefined {
    for (const [sequence, view] of committed.get(own) ?? []) {
      if (body === undefined || sequence <= body.height || view >= asked) continue;
      const named = body.prepared.find((certificate) => certificate.sequence === sequence);
      if (named === undefined || named.view < view)
        return `without what it committed to in view ${view} at ${sequence}`;
    }
    return undefined;
  }

  function newViewFault(epoch: number, view: number, body: NewViewBody | undefined): string | undefined {
    const known = epochs.of(epoch);
    if (body === undefined || known === undefined) return undefined;
    const { viewChanges, prePrepares } = body;
    const senders = new Set(viewChanges.map(({ vote }) => vote.sender));
    if (senders.size < quorum(known.validators.size)) return `${senders.size} asked for`;
    if (viewChanges.some(({ vote }) => vote.view !== view)) return 'holds a VIEW-CHANGE for another view';
    if (votesOf(body).some((vote) => vote.epoch !== epoch)) return 'holds votes of another epoch';
    if (!votesOf(body).every(verifies) || !viewChanges.every(({ body }) => sealsVerify(body)))
      return 'holds a forged signature';
    if (viewChanges.some(({ vote, body }) => viewChangeContent(body) !== vote.content))
      return 'holds what its sender did not sign';
    const said = prePrepares.map(({ sequence, content }) => `${sequence} ${content}`).join();
    return said === obligation(viewChanges.map(({ body }) => body)).join()
      ? undefined
      : 'names other batches';
  }

  function verifies(vote: SignedVote): boolean {
    const key = epochs.of(vote.epoch)?.validators.get(vote.sender)?.consensusKey;
    return key !== undefined && verifyKeyed(key, voteSigningBytes(genesis.network, vote), vote.signature);
  }

  function sealsVerify({ certificate }: ViewChangeBody): boolean {
    if (certificate === undefined) return true;
    const message = sealSigningBytes(genesis.network, certificate);
    const set = epochs.of(certificate.epoch)?.validators;
    return certificate.seals.every(({ validator, signature }) => {
      const key = set?.get(validator)?.consensusKey;
      return key !== undefined && verifyKeyed(key, message, signature);
    });
  }

  return { signing };
}

/** `sequence digest` for each sequence above the highest h, up to the highest prepared one (rule V3). */
function obligation(bodies: readonly ViewChangeBody[]): string[] {
  const low = Math.max(...bodies.map(({ height }) => height));
  const prepared = bodies.flatMap((body) => body.prepared).filter(({ sequence }) => sequence > low);
  const high = Math.max(low, ...prepared.map(({ sequence }) => sequence));
  const lines: string[] = [];
  for (let sequence = low + 1; sequence <= high; sequence += 1) {
    const here = prepared.filter((certificate) => certificate.sequence === sequence);
    lines.push(`${sequence} ${highestOf(here)}`);
  }
  return lines;
}

function highestOf(certificates: readonly PreparedCertificate[]): Digest {
  const [first] = [...certificates].sort(
    (one, other) => other.view - one.view || (one.batch < other.batch ? -1 : 1),
  );
  return first?.batch ?? nullBatchDigest;
}

const votesOf = ({ viewChanges, prePrepares }: NewViewBody): readonly SignedVote[] => [
  ...prePrepares,
  ...viewChanges.flatMap(({ vote, body }) => [
    vote,
    ...body.prepared.flatMap(({ prePrepare, prepares }) => [prePrepare, ...prepares]),
  ]),
];

function bodyOf({ records }: Disk, signed: SlotContent & { content?: Digest }): ViewChangeBody | undefined {
  for (const record of records)
    if (record.kind === 'view-change' && viewChangeContent(record.message.body) === signed.content)
      return record.message.body;
  return undefined;
}

function newViewOf({ records }: Disk, signed: SlotContent & { content?: Digest }): NewViewBody | undefined {
  for (const record of records)
    if (record.kind === 'new-view' && newViewContent(record.message.body) === signed.content)
      return record.message.body;
  return undefined;
}
