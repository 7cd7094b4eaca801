/**
 * One snapshot on its way here: each part from whichever peer offers it, each proven when it comes, and on disk at
 * once (rule C2). The block that it is of is proven by a certificate of its epoch; where that epoch is not known here,
 * by headers, which lead from here to that very block, hand-over by hand-over.
 */
import { CodecError } from '../../shared/codec/codec-error.ts';
import { headerHash } from '../../shared/codec/ledger.ts';
import type { Digest, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { decodeManifest, manifestDigest, manifestFault, piecePath } from '../ledger/snapshot-manifest.ts';
import { openPiece, type PieceProof, proveLeaves, SnapshotFault } from '../ledger/snapshot-piece.ts';
import { type CheckedHeaders, checkHeaders, checkSeals } from './block-check.ts';
import type { RuntimeContext } from './context.ts';
import type { Conduct, Misconduct } from './peer-conduct.ts';
import type { CertifiedHeader, SnapshotIntake, SnapshotPort } from './ports.ts';
import type { Claim } from './snapshot-offers.ts';
import { createTasks, firstOf, headersPerRange, type Task, type Tasks } from './snapshot-tasks.ts';
import type { VoteLane } from './verification.ts';

export interface Taking {
  start(): void;
  manifest(peer: ValidatorId, digest: Digest, bytes: Uint8Array, certificate?: Certificate): void;
  part(peer: ValidatorId, digest: Digest, piece: number, part: number, bytes: Uint8Array): void;
  headers(peer: ValidatorId, from: Height, headers: readonly CertifiedHeader[]): void;
  closed(peer: ValidatorId): void;
  /** Ranges of headers and pieces of state. */
  progress(): { readonly height: Height; readonly done: number; readonly of: number };
}

export interface TakingOptions {
  readonly snapshots: SnapshotPort;
  readonly lane: VoteLane;
  readonly conduct: Conduct;
  /** Highest block here. */
  readonly ownHeight: () => Height;
  /** Nobody offers it any more. */
  readonly givenUp: (reason: string) => void;
  /** All who offered it lied: its digest names exactly these bytes. */
  readonly refused: (reason: string) => void;
  /** All is there. */
  readonly whole: (intake: SnapshotIntake) => void;
  /** What the disk says stops the node. */
  readonly halt: (code: string, facts: { readonly [name: string]: unknown }) => void;
}

type HeadersTask = Task & { readonly kind: 'headers' };
type PieceTask = Task & { readonly kind: 'piece' };

interface Flight {
  readonly task: Task;
  /** Of a piece: the part that was asked for, and the proof once its leaves are here. */
  readonly part: number;
  readonly proof?: PieceProof;
  readonly cancel: () => void;
  /** Its answer is being verified: another one is not listened to. */
  isAnswered: boolean;
}

/** @param begun what a kill interrupted of it */
export function createTaking(
  context: RuntimeContext,
  options: TakingOptions,
  { manifest: digest, height, claimers }: Claim,
  begun: SnapshotIntake | undefined,
): Taking {
  const { snapshots, lane, conduct, ownHeight } = options;
  const { timers, links } = context.ports;
  const { trail } = context;
  const flights = new Map<ValidatorId, Flight>();
  let intake = begun;
  let tasks: Tasks = createTasks(begun, ownHeight());
  let isOver = false;
  let cancelRetry = (): void => {};

  const busy = (): Task[] => [...flights.values()].map(({ task }) => task);

  function start(): void {
    if (intake !== undefined) openTasks(intake);
    assign();
  }

  function openTasks(opened: SnapshotIntake): void {
    intake = opened;
    // Proven when they were put.
    trail.learn(opened.handOvers());
    tasks = createTasks(opened, ownHeight());
    proveAtOnce(opened);
  }

  /** If its epoch is known here, pieces need not wait for the headers. One peer's certificate says nothing of others. */
  function proveAtOnce({ manifest: { header, headerBytes }, certificate }: SnapshotIntake): void {
    const seals = checkSeals(trail, headerBytes, header, certificate);
    if (tasks.isProven() || typeof seals === 'string' || 'unknownEpoch' in seals) return;
    lane.submit(seals, (valid) => {
      if (!valid || isOver) return;
      tasks.proven();
      assign();
    });
  }

  /** One question at each peer that offers this snapshot. */
  function assign(): void {
    cancelRetry();
    if (isOver) return;
    if (claimers.size === 0) {
      end();
      options.givenUp('nobody offers it any more');
      return;
    }
    if (tasks.left() === 0 && flights.size === 0 && intake !== undefined && tasks.isProven()) {
      end();
      options.whole(intake);
      return;
    }
    for (const peer of idlePeers()) {
      const task = tasks.next(busy());
      if (task === undefined) break;
      askFor(peer, task, 0);
    }
    cancelRetry = timers.after(context.tuning.rangeTimeoutMs, assign);
  }

  function idlePeers(): readonly ValidatorId[] {
    const open = new Set(links.open());
    const linked = [...claimers].filter((peer) => open.has(peer));
    const trusted = linked.filter((peer) => !conduct.isAside(peer));
    return (trusted.length > 0 ? trusted : linked).filter((peer) => !flights.has(peer));
  }

  function end(): void {
    isOver = true;
    cancelRetry();
    for (const { cancel } of flights.values()) cancel();
    flights.clear();
  }

  function refuse(reason: string): void {
    end();
    for (const peer of claimers) conduct.fault(peer, 'junk', `snapshot ${height}: ${reason}`);
    options.refused(reason);
  }

  function askFor(peer: ValidatorId, task: Task, part: number, proof?: PieceProof): void {
    const cancel = conduct.stalledAfter(peer, (patienceMs) =>
      fail(peer, 'stalled', `no part of the snapshot within ${patienceMs} ms`),
    );
    flights.set(peer, { task, part, cancel, isAnswered: false, ...(proof && { proof }) });
    if (task.kind === 'manifest') context.send(peer, { type: 'get-manifest', manifest: digest });
    else if (task.kind === 'headers')
      context.send(peer, { type: 'get-headers', from: firstOf(task.index), count: headersPerRange });
    else context.send(peer, { type: 'get-part', manifest: digest, piece: task.index, part });
  }

  function fail(peer: ValidatorId, reason: Misconduct, detail: string): void {
    requeue(peer);
    if (reason === 'withdrew') claimers.delete(peer);
    conduct.fault(peer, reason, detail);
    assign();
  }

  /** A piece that was begun with a peer is begun anew with another. */
  function requeue(peer: ValidatorId): void {
    const flight = flights.get(peer);
    if (flight === undefined) return;
    flight.cancel();
    flights.delete(peer);
    tasks.giveBack(flight.task);
  }

  function complete(peer: ValidatorId, task: HeadersTask | PieceTask): void {
    flights.delete(peer);
    intake?.markDone(task.kind, task.index);
    conduct.good(peer);
    assign();
  }

  /** The flight that this answer ends, if it answers what the peer was asked. */
  function landing(peer: ValidatorId, kind: Task['kind']): Flight | undefined {
    const flight = flights.get(peer);
    if (flight === undefined || flight.task.kind !== kind || flight.isAnswered) return undefined;
    flight.isAnswered = true;
    flight.cancel();
    return flight;
  }

  /** Not if the peer has gone while its seals were verified: somebody else has the task, or it another one. */
  const isUnderWay = (peer: ValidatorId, flight: Flight): boolean => !isOver && flights.get(peer) === flight;

  function manifest(peer: ValidatorId, named: Digest, bytes: Uint8Array, certificate?: Certificate): void {
    if (named !== digest || landing(peer, 'manifest') === undefined) return;
    if (bytes.length === 0 || certificate === undefined) {
      fail(peer, 'withdrew', `no manifest of ${height}`);
    } else if (manifestDigest(bytes) !== digest) {
      fail(peer, 'junk', 'another manifest than its digest');
    } else prove(peer, () => takeManifest(peer, bytes, certificate));
  }

  /** The digest fixes the manifest; the certificate is the peer's word. */
  function takeManifest(peer: ValidatorId, bytes: Uint8Array, certificate: Certificate): void {
    const decoded = decodeManifest(bytes);
    const { header, headerBytes } = decoded;
    const wrong = header.height === height ? manifestFault(decoded) : 'another height than offered';
    if (wrong !== undefined) {
      refuse(wrong);
      return;
    }
    const seals = checkSeals(trail, headerBytes, header, certificate);
    if (typeof seals === 'string') {
      fail(peer, 'junk', seals);
      return;
    }
    const flight = flights.get(peer)!;
    if ('unknownEpoch' in seals) begin(peer, bytes, certificate);
    else
      lane.submit(seals, (valid) => {
        if (!isUnderWay(peer, flight)) return;
        if (valid) prove(peer, () => begin(peer, bytes, certificate));
        else fail(peer, 'junk', 'a seal does not verify');
      });
  }

  function begin(peer: ValidatorId, bytes: Uint8Array, certificate: Certificate): void {
    flights.delete(peer);
    conduct.good(peer);
    openTasks(snapshots.begin(bytes, certificate));
    assign();
  }

  function headers(peer: ValidatorId, from: Height, list: readonly CertifiedHeader[]): void {
    const flight = landing(peer, 'headers');
    if (flight === undefined) return;
    const { task } = flight;
    if (task.kind !== 'headers' || from !== firstOf(task.index)) {
      fail(peer, 'junk', 'other headers than asked for');
      return;
    }
    const wanted = Math.min(headersPerRange, height - from + 1);
    if (list.length < wanted) fail(peer, 'junk', `${list.length} headers of ${wanted}`);
    else takeHeaders(peer, flight, task, list.slice(0, wanted));
  }

  function takeHeaders(
    peer: ValidatorId,
    flight: Flight,
    task: HeadersTask,
    list: readonly CertifiedHeader[],
  ): void {
    const checked = checkHeaders(trail, firstOf(task.index), list);
    if (typeof checked === 'string') {
      fail(peer, 'junk', checked);
      return;
    }
    if ('unknownEpoch' in checked) {
      postpone(peer, task, checked.unknownEpoch);
      return;
    }
    lane.submit(checked.checks, (valid) => {
      if (!isUnderWay(peer, flight)) return;
      if (!valid) {
        fail(peer, 'junk', 'a seal does not verify');
        return;
      }
      prove(peer, () => keepHeaders(peer, task, list, checked));
    });
  }

  function keepHeaders(
    peer: ValidatorId,
    task: HeadersTask,
    list: readonly CertifiedHeader[],
    { headers: decoded, handOvers }: CheckedHeaders,
  ): void {
    const opened = intake!;
    const isLast = decoded.at(-1)?.height === height;
    if (isLast && headerHash(list.at(-1)!.header) !== headerHash(opened.manifest.headerBytes)) {
      refuse('another block than the certified one of its height');
      return;
    }
    opened.putHeaders(list);
    trail.learn(handOvers);
    tasks.headersDone();
    if (isLast) tasks.proven();
    complete(peer, task);
  }

  function postpone(peer: ValidatorId, task: HeadersTask, epoch: number): void {
    if (tasks.isLowest(task.index, busy())) {
      fail(peer, 'junk', `a header of epoch ${epoch}, to which nothing leads`);
      return;
    }
    flights.delete(peer);
    tasks.postpone(task);
    assign();
  }

  function part(peer: ValidatorId, named: Digest, piece: number, number: number, bytes: Uint8Array): void {
    const flight = named === digest ? landing(peer, 'piece') : undefined;
    if (flight === undefined) return;
    const { task } = flight;
    if (task.kind !== 'piece' || task.index !== piece || flight.part !== number) {
      fail(peer, 'junk', 'another part than asked for');
    } else if (bytes.length === 0) fail(peer, 'withdrew', `no piece ${piece} of ${height}`);
    else prove(peer, () => takePart(peer, flight, task, bytes));
  }

  function takePart(
    peer: ValidatorId,
    { proof: begunProof }: Flight,
    task: PieceTask,
    bytes: Uint8Array,
  ): void {
    const opened = intake!;
    const { depth, tops, parts } = opened.manifest;
    let proof = begunProof;
    if (proof === undefined) {
      const leaves = proveLeaves(bytes, piecePath(task.index, depth), tops[task.index]);
      opened.putState(leaves);
      proof = openPiece(leaves, parts[task.index] ?? 0);
    } else opened.putPart(proof.take(bytes));
    if (proof.next === 0) complete(peer, task);
    else askFor(peer, task, proof.next, proof);
  }

  /** What does not prove is the peer's fault; what the disk says stops the node. */
  function prove(peer: ValidatorId, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof SnapshotFault || error instanceof CodecError) fail(peer, 'junk', error.message);
      else if (isNamed(error)) options.halt(error.code, error.facts);
      else throw error;
    }
  }

  function closed(peer: ValidatorId): void {
    if (!flights.has(peer)) return;
    requeue(peer);
    assign();
  }

  return {
    start,
    manifest,
    headers,
    part,
    closed,
    progress: () => ({ height, done: tasks.count - tasks.left() - flights.size, of: tasks.count }),
  };
}

interface NamedError extends Error {
  readonly code: string;
  readonly facts: { readonly [name: string]: unknown };
}

export const isNamed = (error: unknown): error is NamedError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && 'facts' in error;
