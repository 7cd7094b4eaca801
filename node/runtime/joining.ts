/**
 * A node far behind takes in a snapshot instead of executing every block (rule C2, docs/decisions/009): offers, one
 * manifest, headers with certificates, pieces of state, each from whichever peer offers the same snapshot, each
 * proven when it comes. What is proven is on disk at once. When all is there the node starts again on top of it.
 */
import { CodecError } from '../../shared/codec/codec-error.ts';
import { decodeHeader } from '../../shared/codec/ledger.ts';
import { weakQuorum } from '../../shared/protocol/quorum.ts';
import {
  type Digest,
  type Height,
  heightOf,
  nextHeight,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { decodeManifest, manifestDigest, manifestFault, piecePath } from '../ledger/snapshot-manifest.ts';
import { openPiece, type PieceProof, proveLeaves, SnapshotFault } from '../ledger/snapshot-piece.ts';
import { headerFault } from './block-check.ts';
import { type RuntimeContext, validatorsOf } from './context.ts';
import type { Conduct } from './peer-conduct.ts';
import type { CertifiedHeader, SnapshotIntake, SnapshotOffer, SnapshotPort } from './ports.ts';
import { certificateChecks } from './signatures.ts';
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

type Task =
  | { readonly kind: 'manifest' }
  | { readonly kind: 'headers'; readonly index: number }
  | { readonly kind: 'piece'; readonly index: number };

interface Flight {
  readonly task: Task;
  /** Of a piece: the part that was asked for, and the proof once its leaves are here. */
  readonly part: number;
  readonly proof?: PieceProof;
  readonly cancel: () => void;
  /** Its answer is being verified: another one is not listened to. */
  isAnswered: boolean;
}

interface Taking {
  readonly digest: Digest;
  readonly height: Height;
  readonly claimers: Set<ValidatorId>;
  readonly flights: Map<ValidatorId, Flight>;
  waiting: Task[];
  tasks: number;
  intake?: SnapshotIntake;
}

/** Offers that come later are not waited for. */
const offersMs = 500;
/** After a search in vain, blocks are fetched for so long before the next one. */
const declinedMs = 10_000;
const headersPerRange = 128;

export function createJoining(context: RuntimeContext, options: JoiningOptions): Joining {
  const { snapshots, lane, conduct, ownHeight } = options;
  const { clock, timers, links, log } = context.ports;
  let declinedUntilMs = 0;
  let asking: Map<ValidatorId, readonly SnapshotOffer[]> | undefined;
  let taking: Taking | undefined;
  let finished = false;
  /** Manifests that did not prove. */
  const refused = new Set<Digest>();
  let cancelRetry = (): void => {};

  function consider(target: Height, bodiesGone: boolean): boolean {
    if (snapshots === undefined) return false;
    if (finished || asking !== undefined || taking !== undefined) return true;
    const isFar = target - ownHeight() >= context.tuning.snapshotDistance;
    if (!isFar && !bodiesGone) return false;
    if (clock.monotonicMs() < declinedUntilMs) return bodiesGone;
    if (links.open().length < weakQuorum(validatorsOf(context).length)) return bodiesGone;
    ask(bodiesGone);
    return true;
  }

  function ask(bodiesGone: boolean): void {
    asking = new Map();
    context.broadcast({ type: 'get-snapshots' });
    timers.after(offersMs, () => choose(bodiesGone));
  }

  function offered(peer: ValidatorId, offers: readonly SnapshotOffer[]): void {
    asking?.set(peer, offers);
  }

  /** The highest that f+1 peers offer alike: one of them is honest. */
  function choose(bodiesGone: boolean): void {
    /** By height and digest: a liar's pair of a wrong height must not hide the right one. */
    const claims = new Map<string, SnapshotOffer & { readonly claimers: Set<ValidatorId> }>();
    for (const [peer, offers] of asking ?? []) {
      for (const { height, manifest } of offers.slice(0, 8)) {
        const key = `${height} ${manifest}`;
        const claim = claims.get(key) ?? { height, manifest, claimers: new Set<ValidatorId>() };
        claims.set(key, claim);
        claim.claimers.add(peer);
      }
    }
    asking = undefined;
    const begun = unfinished()?.digest;
    const least = ownHeight() + (bodiesGone ? 1 : context.tuning.snapshotDistance);
    const [best] = [...claims.values()]
      .filter(
        ({ manifest: digest, claimers }) =>
          !refused.has(digest) && claimers.size >= weakQuorum(validatorsOf(context).length),
      )
      .filter(({ height }) => height >= least)
      .sort(
        (one, other) =>
          Number(other.manifest === begun) - Number(one.manifest === begun) || other.height - one.height,
      );
    if (best === undefined) decline();
    else takeUp(best.manifest, best.height, best.claimers);
  }

  function decline(): void {
    declinedUntilMs = clock.monotonicMs() + declinedMs;
    log.write('info', 'snapshot-not-offered', { height: ownHeight() });
    options.resumeBlocks();
  }

  function takeUp(digest: Digest, height: Height, claimers: Set<ValidatorId>): void {
    const begun = unfinished();
    taking = { digest, height, claimers, flights: new Map(), waiting: [{ kind: 'manifest' }], tasks: 1 };
    log.write('info', 'snapshot-joining', {
      height,
      digest,
      peers: [...claimers],
      resumed: begun?.digest === digest,
    });
    if (begun?.digest === digest) openTasks(taking, begun);
    assign();
  }

  function unfinished(): SnapshotIntake | undefined {
    try {
      return snapshots?.unfinished();
    } catch (error) {
      // It is begun again: nothing of it is in use yet.
      log.write('warn', 'joining-discarded', {
        reason: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  }

  function openTasks(current: Taking, intake: SnapshotIntake): void {
    current.intake = intake;
    const { height } = intake.manifest.header;
    const ranges = Math.ceil(height / headersPerRange);
    const first = Math.floor(ownHeight() / headersPerRange);
    const all: Task[] = [
      ...Array.from({ length: ranges - first }, (_, at): Task => ({ kind: 'headers', index: first + at })),
      ...intake.manifest.tops.map((_, index): Task => ({ kind: 'piece', index })),
    ];
    current.tasks = all.length;
    current.waiting = all.filter((task) => task.kind !== 'manifest' && !intake.isDone(task.kind, task.index));
  }

  /** One question at each peer that offers this snapshot. */
  function assign(): void {
    cancelRetry();
    const current = taking;
    if (current === undefined) return;
    if (current.claimers.size === 0) {
      giveUp('nobody offers it any more');
      return;
    }
    if (current.waiting.length === 0 && current.flights.size === 0 && current.intake !== undefined) {
      finish(current.intake);
      return;
    }
    for (const peer of idlePeers(current)) {
      const task = current.waiting.shift();
      if (task === undefined) return;
      askFor(current, peer, task, 0);
    }
    cancelRetry = timers.after(context.tuning.rangeTimeoutMs, assign);
  }

  function idlePeers(current: Taking): readonly ValidatorId[] {
    const open = new Set(links.open());
    const linked = [...current.claimers].filter((peer) => open.has(peer));
    const trusted = linked.filter((peer) => !conduct.isAside(peer));
    return (trusted.length > 0 ? trusted : linked).filter((peer) => !current.flights.has(peer));
  }

  function giveUp(reason: string): void {
    for (const { cancel } of taking?.flights.values() ?? []) cancel();
    log.write('warn', 'snapshot-given-up', { height: taking?.height, reason });
    taking = undefined;
    cancelRetry();
    options.resumeBlocks();
  }

  function askFor(current: Taking, peer: ValidatorId, task: Task, part: number, proof?: PieceProof): void {
    const { digest } = current;
    const cancel = conduct.stalledAfter(peer, (patienceMs) => onTimeout(current, peer, patienceMs));
    current.flights.set(peer, {
      task,
      part,
      cancel,
      isAnswered: false,
      ...(proof === undefined ? {} : { proof }),
    });
    if (task.kind === 'manifest') context.send(peer, { type: 'get-manifest', manifest: digest });
    else if (task.kind === 'headers')
      context.send(peer, { type: 'get-headers', from: firstOf(task.index), count: headersPerRange });
    else context.send(peer, { type: 'get-part', manifest: digest, piece: task.index, part });
  }

  const firstOf = (range: number): Height => heightOf(range * headersPerRange + 1);

  function onTimeout(current: Taking, peer: ValidatorId, patienceMs: number): void {
    fail(current, peer, 'stalled', `no part of the snapshot within ${patienceMs} ms`);
  }

  function fail(
    current: Taking,
    peer: ValidatorId,
    reason: 'junk' | 'stalled' | 'withdrew',
    detail: string,
  ): void {
    requeue(current, peer);
    if (reason === 'withdrew') current.claimers.delete(peer);
    conduct.fault(peer, reason, detail);
    assign();
  }

  /** A piece that was begun with a peer is begun anew with another. */
  function requeue(current: Taking, peer: ValidatorId): void {
    const flight = current.flights.get(peer);
    if (flight === undefined) return;
    flight.cancel();
    current.flights.delete(peer);
    current.waiting.unshift(flight.task);
  }

  function complete(current: Taking, peer: ValidatorId, task: Task): void {
    current.flights.delete(peer);
    if (task.kind !== 'manifest') current.intake?.markDone(task.kind, task.index);
    conduct.good(peer);
    assign();
  }

  /** The flight that this answer ends, if it answers what the peer was asked. */
  function landing(peer: ValidatorId, kind: Task['kind']): readonly [Taking, Flight] | undefined {
    const flight = taking?.flights.get(peer);
    if (taking === undefined || flight === undefined || flight.task.kind !== kind) return undefined;
    if (flight.isAnswered) return undefined;
    flight.isAnswered = true;
    flight.cancel();
    return [taking, flight];
  }

  /** Not if the peer has gone while its seals were verified: somebody else has the task, or it another one. */
  const isUnderWay = (current: Taking, peer: ValidatorId, flight: Flight): boolean =>
    taking === current && current.flights.get(peer) === flight;

  function manifest(peer: ValidatorId, digest: Digest, bytes: Uint8Array, certificate?: Certificate): void {
    if (taking?.digest !== digest) return;
    const landed = landing(peer, 'manifest');
    if (landed === undefined) return;
    const [current, flight] = landed;
    if (bytes.length === 0 || certificate === undefined) {
      fail(current, peer, 'withdrew', `no manifest of ${current.height}`);
      return;
    }
    if (manifestDigest(bytes) !== digest) {
      fail(current, peer, 'junk', 'another manifest than its digest');
      return;
    }
    prove(current, peer, () => takeManifest(current, peer, flight, bytes, certificate));
  }

  function takeManifest(
    current: Taking,
    peer: ValidatorId,
    flight: Flight,
    bytes: Uint8Array,
    certificate: Certificate,
  ): void {
    const decoded = decodeManifest(bytes);
    const { header, headerBytes } = decoded;
    const wrongHeader = headerFault(context, { header: headerBytes, certificate }, header);
    const checks = certificateChecks(context.epochs, certificate);
    if (wrongHeader !== undefined || checks === undefined) {
      fail(current, peer, 'junk', wrongHeader ?? 'a certificate without a quorum');
      return;
    }
    const wrong = header.height === current.height ? manifestFault(decoded) : 'another height than offered';
    if (wrong !== undefined) {
      refuse(current, wrong);
      return;
    }
    lane.submit(checks, (valid) => {
      if (!isUnderWay(current, peer, flight)) return;
      if (!valid) {
        fail(current, peer, 'junk', 'a seal does not verify');
        return;
      }
      prove(current, peer, () => {
        openTasks(current, snapshots!.begin(bytes, certificate));
        complete(current, peer, { kind: 'manifest' });
      });
    });
  }

  /** All who offered it lied: its digest names exactly these bytes. */
  function refuse(current: Taking, detail: string): void {
    refused.add(current.digest);
    for (const peer of current.claimers) conduct.fault(peer, 'junk', `snapshot ${current.height}: ${detail}`);
    giveUp(detail);
  }

  function headers(peer: ValidatorId, from: Height, list: readonly CertifiedHeader[]): void {
    const landed = landing(peer, 'headers');
    if (landed === undefined) return;
    const [current, flight] = landed;
    const { task } = flight;
    if (task.kind !== 'headers' || from !== firstOf(task.index)) {
      fail(current, peer, 'junk', 'other headers than asked for');
      return;
    }
    const wanted = Math.min(headersPerRange, current.height - from + 1);
    prove(current, peer, () => {
      const checks = headerChecks(from, list, wanted);
      lane.submit(checks, (valid) => {
        if (!isUnderWay(current, peer, flight)) return;
        if (!valid) {
          fail(current, peer, 'junk', 'a seal does not verify');
          return;
        }
        prove(current, peer, () => {
          current.intake?.putHeaders(list.slice(0, wanted));
          complete(current, peer, task);
        });
      });
    });
  }

  /** @throws SnapshotFault, CodecError */
  function headerChecks(from: Height, list: readonly CertifiedHeader[], wanted: number) {
    if (list.length < wanted) throw new SnapshotFault(`${list.length} headers of ${wanted}`);
    let height = from;
    return list.slice(0, wanted).flatMap((certified) => {
      const { certificate } = certified;
      const header = decodeHeader(certified.header);
      const fault = headerFault(context, certified, header);
      if (fault !== undefined || header.height !== height)
        throw new SnapshotFault(fault ?? 'headers out of order');
      const checks = certificateChecks(context.epochs, certificate);
      if (checks === undefined) throw new SnapshotFault('a certificate without a quorum');
      height = nextHeight(height);
      return checks;
    });
  }

  function part(peer: ValidatorId, digest: Digest, piece: number, number: number, bytes: Uint8Array): void {
    if (taking?.digest !== digest) return;
    const landed = landing(peer, 'piece');
    if (landed === undefined) return;
    const [current, flight] = landed;
    const { task } = flight;
    if (task.kind !== 'piece' || task.index !== piece || flight.part !== number) {
      fail(current, peer, 'junk', 'another part than asked for');
    } else if (bytes.length === 0) fail(current, peer, 'withdrew', `no piece ${piece} of ${current.height}`);
    else prove(current, peer, () => takePart(current, peer, flight, piece, bytes));
  }

  function takePart(
    current: Taking,
    peer: ValidatorId,
    flight: Flight,
    piece: number,
    bytes: Uint8Array,
  ): void {
    const intake = current.intake!;
    const { depth, tops, parts } = intake.manifest;
    let { proof } = flight;
    if (proof === undefined) {
      const leaves = proveLeaves(bytes, piecePath(piece, depth), tops[piece]);
      intake.putState(leaves);
      proof = openPiece(leaves, parts[piece] ?? 0);
    } else intake.putState(proof.take(bytes));
    if (proof.next === 0) complete(current, peer, flight.task);
    else askFor(current, peer, flight.task, proof.next, proof);
  }

  /** What does not prove is the peer's fault; what the disk says stops the node. */
  function prove(current: Taking, peer: ValidatorId, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof SnapshotFault || error instanceof CodecError)
        fail(current, peer, 'junk', error.message);
      else if (isNamed(error)) options.halt(error.code, error.facts);
      else throw error;
    }
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

  function closed(peer: ValidatorId): void {
    if (taking === undefined || !taking.flights.has(peer)) return;
    requeue(taking, peer);
    assign();
  }

  function progress(): JoiningProgress | undefined {
    if (taking === undefined) return undefined;
    const { height, tasks, waiting, flights } = taking;
    return { height, done: tasks - waiting.length - flights.size, of: tasks };
  }

  return { consider, offered, manifest, part, headers, closed, progress };
}

interface NamedError extends Error {
  readonly code: string;
  readonly facts: { readonly [name: string]: unknown };
}

const isNamed = (error: unknown): error is NamedError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && 'facts' in error;
