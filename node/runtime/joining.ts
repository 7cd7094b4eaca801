/**
 * A node far behind takes in a snapshot instead of executing every block (rule C2, docs/decisions/009): it looks for
 * one that enough peers offer, and takes it in. When all is there the node starts again on top of it.
 */
import { weakQuorum } from '../../shared/protocol/quorum.ts';
import type { Digest, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { peersOf, type RuntimeContext, validatorsOf } from './context.ts';
import type { Conduct } from './peer-conduct.ts';
import type { CertifiedHeader, SnapshotIntake, SnapshotOffer, SnapshotPort } from './ports.ts';
import { bestClaim, type Claim } from './snapshot-offers.ts';
import { createTaking, isNamed, type Taking } from './snapshot-taking.ts';
import type { VoteLane } from './verification.ts';

export interface Joining {
  /** Whether a snapshot is looked for or taken in now, so that blocks are not asked for. */
  consider(target: Height, bodiesGone: boolean): boolean;
  offered(peer: ValidatorId, offers: readonly SnapshotOffer[]): void;
  manifest(peer: ValidatorId, digest: Digest, bytes: Uint8Array, certificate?: Certificate): void;
  part(peer: ValidatorId, digest: Digest, piece: number, part: number, bytes: Uint8Array): void;
  headers(peer: ValidatorId, from: Height, headers: readonly CertifiedHeader[]): void;
  closed(peer: ValidatorId): void;
  progress(): JoiningProgress | undefined;
}

export interface JoiningProgress {
  readonly height: Height;
  /** Ranges of headers and pieces of state. */
  readonly done: number;
  readonly of: number;
}

export interface JoiningOptions {
  readonly snapshots: SnapshotPort | undefined;
  readonly lane: VoteLane;
  readonly conduct: Conduct;
  /** Highest block here. */
  readonly ownHeight: () => Height;
  /** Blocks are fetched after all. */
  readonly resumeBlocks: () => void;
  /** The node must stop: to start on top of the snapshot, or because the disk fails. */
  readonly halt: (code: string, facts: { readonly [name: string]: unknown }) => void;
}

/** Offers that come later are not waited for. */
const offersMs = 500;
/** After a search in vain, blocks are fetched for so long before the next one. */
const declinedMs = 10_000;

export function createJoining(context: RuntimeContext, options: JoiningOptions): Joining {
  const { snapshots, ownHeight } = options;
  const { clock, timers, links, log } = context.ports;
  let declinedUntilMs = 0;
  let asking: Map<ValidatorId, readonly SnapshotOffer[]> | undefined;
  let taking: Taking | undefined;
  let finished = false;
  /** Manifests that did not prove. */
  const refused = new Set<Digest>();

  /** Offers count from validators of the newest set known here: one of f+1 is honest. */
  const claimersMin = (): number => weakQuorum(validatorsOf(context).length);

  function linkedValidators(): number {
    const open = new Set(links.open());
    return peersOf(context).filter((peer) => open.has(peer)).length;
  }

  function consider(target: Height, bodiesGone: boolean): boolean {
    if (snapshots === undefined) return false;
    if (finished || asking !== undefined || taking !== undefined) return true;
    const isFar = target - ownHeight() >= context.tuning.snapshotDistance;
    if (!isFar && !bodiesGone) return false;
    if (clock.monotonicMs() < declinedUntilMs) return bodiesGone;
    if (linkedValidators() < claimersMin()) return bodiesGone;
    ask(snapshots, bodiesGone);
    return true;
  }

  function ask(port: SnapshotPort, bodiesGone: boolean): void {
    asking = new Map();
    context.broadcast({ type: 'get-snapshots' });
    timers.after(offersMs, () => choose(port, bodiesGone));
  }

  function offered(peer: ValidatorId, offers: readonly SnapshotOffer[]): void {
    if (peersOf(context).includes(peer)) asking?.set(peer, offers);
  }

  function choose(port: SnapshotPort, bodiesGone: boolean): void {
    const begun = unfinished(port);
    const heightMin = ownHeight() + (bodiesGone ? 1 : context.tuning.snapshotDistance);
    const limits = { claimersMin: claimersMin(), heightMin, refused, begun: begun?.digest };
    const best = bestClaim(asking ?? new Map(), limits);
    asking = undefined;
    if (best === undefined) decline();
    else takeUp(port, best, begun?.digest === best.manifest ? begun : undefined);
  }

  function decline(): void {
    declinedUntilMs = clock.monotonicMs() + declinedMs;
    log.write('info', 'snapshot-not-offered', { height: ownHeight() });
    options.resumeBlocks();
  }

  function takeUp(port: SnapshotPort, claim: Claim, begun: SnapshotIntake | undefined): void {
    const { height, manifest: digest, claimers } = claim;
    const resumed = begun !== undefined;
    log.write('info', 'snapshot-joining', { height, digest, peers: [...claimers], resumed });
    const { lane, conduct, halt } = options;
    const taken = { snapshots: port, lane, conduct, ownHeight, halt, whole: finish };
    taking = createTaking(
      context,
      {
        ...taken,
        givenUp: (reason) => giveUp(height, reason),
        refused: (reason) => {
          refused.add(digest);
          giveUp(height, reason);
        },
      },
      claim,
      begun,
    );
    taking.start();
  }

  function unfinished(port: SnapshotPort): SnapshotIntake | undefined {
    try {
      return port.unfinished();
    } catch (error) {
      // It is begun again: nothing of it is in use yet.
      log.write('warn', 'joining-discarded', {
        reason: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  }

  function giveUp(height: Height, reason: string): void {
    log.write('warn', 'snapshot-given-up', { height, reason });
    taking = undefined;
    options.resumeBlocks();
  }

  function finish(intake: SnapshotIntake): void {
    finished = true;
    taking = undefined;
    const { height } = intake.manifest.header;
    try {
      intake.finish();
    } catch (error) {
      if (!isNamed(error)) throw error;
      options.halt(error.code, error.facts);
      return;
    }
    options.halt('snapshot-complete', { height, rule: 'C2' });
  }

  return {
    consider,
    offered,
    manifest: (...answer) => taking?.manifest(...answer),
    part: (...answer) => taking?.part(...answer),
    headers: (...answer) => taking?.headers(...answer),
    closed: (peer) => taking?.closed(peer),
    progress: () => taking?.progress(),
  };
}
