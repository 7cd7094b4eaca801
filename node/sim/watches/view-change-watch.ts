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
import type { Founding } from '../founding.ts';
import { verifyKeyed } from '../keyed-hash.ts';

export interface ViewChangeWatch {
  signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined;
}

export function createViewChangeWatch({ document, genesis, ids }: Founding): ViewChangeWatch {
  const keys = new Map(document.validators.map(({ id, consensusKey }) => [id, consensusKey]));
  /** Highest view of a COMMIT, by signer and sequence. */
  const committed = new Map<ValidatorId, Map<number, number>>();

  function signing(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined {
    if (signed.kind === 'commit') rememberCommit(signer, signed.sequence, signed.view);
    if (signed.kind === 'view-change') return viewChangeFault(signer, signed.view, bodyOf(disk, signed));
    if (signed.kind !== 'new-view') return undefined;
    const fault = newViewFault(signed.view, newViewOf(disk, signed));
    return fault === undefined ? undefined : `${signer} signs a NEW-VIEW for ${signed.view} that ${fault}`;
  }

  function rememberCommit(signer: ValidatorId, sequence: number, view: number): void {
    const own = committed.get(signer) ?? new Map<number, number>();
    committed.set(signer, own.set(sequence, Math.max(view, own.get(sequence) ?? 0)));
  }

  /** After a restart an older one is signed again: it knows nothing of COMMITs in its own view. */
  function viewChangeFault(
    signer: ValidatorId,
    asked: number,
    body: ViewChangeBody | undefined,
  ): string | undefined {
    for (const [sequence, view] of committed.get(signer) ?? []) {
      if (body === undefined || sequence <= body.height || view >= asked) continue;
      const named = body.prepared.find((certificate) => certificate.sequence === sequence);
      if (named === undefined || named.view < view)
        return `${signer} signs a VIEW-CHANGE without what it committed to in view ${view} at ${sequence}`;
    }
    return undefined;
  }

  function newViewFault(view: number, body: NewViewBody | undefined): string | undefined {
    if (body === undefined) return undefined;
    const { viewChanges, prePrepares } = body;
    const senders = new Set(viewChanges.map(({ vote }) => vote.sender));
    if (senders.size < quorum(ids.length)) return `${senders.size} asked for`;
    if (viewChanges.some(({ vote }) => vote.view !== view)) return 'holds a VIEW-CHANGE for another view';
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
    const key = keys.get(vote.sender);
    return key !== undefined && verifyKeyed(key, voteSigningBytes(genesis.network, vote), vote.signature);
  }

  function sealsVerify({ certificate }: ViewChangeBody): boolean {
    if (certificate === undefined) return true;
    const message = sealSigningBytes(genesis.network, certificate);
    return certificate.seals.every(({ validator, signature }) => {
      const key = keys.get(validator);
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
