/** The rooms of a running validator, wired: what comes over links goes in, what consensus puts out is done. */

import type { MessageLimits } from '../../shared/codec/messages.ts';
import {
  type Height,
  heightOf,
  type Incarnation,
  type TransactionId,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Certificate, Transaction } from '../../shared/types/ledger.ts';
import { type BufferFigure, bufferFigures } from '../consensus/buffers.ts';
import { primaryOf } from '../consensus/membership.ts';
import {
  createConsensus,
  describe,
  ownNewestFor,
  start as startConsensus,
  statusOf,
  wantsEmpty,
  wantsProposal,
} from '../consensus/step.ts';
import type { Output, RestoredVotes } from '../consensus/types.ts';
import type { Genesis } from '../ledger/genesis.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { createTransactionChecks } from './admission.ts';
import { createAgents } from './agents/agents.ts';
import { createBacklog } from './backlog.ts';
import { createBatches } from './batches.ts';
import { createCatchUp } from './catch-up.ts';
import {
  boundaryInput,
  consensusConfigOf,
  standingOf,
  unregisteredStoreOf,
  type Voter,
} from './consensus-config.ts';
import { parametersOf, type RuntimeContext } from './context.ts';
import { createDisputes, disputedBlock } from './disputes.ts';
import { createDissemination } from './dissemination.ts';
import type { EpochBook } from './epoch-book.ts';
import { createEpochChange } from './epoch-change.ts';
import { createEpochTrail } from './epoch-trail.ts';
import { createEvidenceRoom } from './evidence.ts';
import { ledgerOf } from './execute-batch.ts';
import { type CertifiedBlock, createChain } from './execution.ts';
import { createForgetting } from './forgetting.ts';
import { fullest } from './fullest.ts';
import { batchesInFlight } from './in-flight.ts';
import { createIncoming } from './incoming.ts';
import { createIntents } from './intents.ts';
import { createIsolation } from './isolation.ts';
import { createJoining } from './joining.ts';
import { createLoop, nowOf } from './loop.ts';
import type { NodeObservation, NodeStatus } from './node.ts';
import { createNodeObserver } from './node-observer.ts';
import { createOutputs } from './outputs.ts';
import { createPayloads, type Payloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createPeers, type PeerView } from './peers.ts';
import type { LinkEvents, RuntimePorts, VoteRecord } from './ports.ts';
import { createProposing } from './proposing.ts';
import { protocolStop } from './protocol-stop.ts';
import { recoveriesOf } from './recoveries.ts';
import { createRecoveryNotice } from './recovery-notice.ts';
import { recoveryStop } from './recovery-stop.ts';
import { createRejections, type RejectionCode, type Rejections } from './rejections.ts';
import { createRepair } from './repair.ts';
import { createRouting } from './routing.ts';
import { createServing } from './serving.ts';
import { createSignatureCache } from './signatures.ts';
import { holdStoredBatches } from './stored-batches.ts';
import { createSubmission, type Submission } from './submission.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import type { RuntimeTuning } from './tuning.ts';
import { createTransactionLane, createVoteLane } from './verification.ts';
import { createWaitingRoom } from './waiting-room.ts';
import { encodeLinkMessage, type LinkMessage } from './wire.ts';
import { createWitness } from './witness.ts';

export interface RoomsConfig {
  readonly self: ValidatorId;
  readonly genesis: Genesis;
  /** After the block at the tip. */
  readonly epochs: EpochBook;
  /** Of the vote store. */
  readonly incarnation: Incarnation;
  readonly tuning: RuntimeTuning;
}

export interface RoomsEvents {
  publish(block: ExecutedBlock, certificate: Certificate): void;
  halt(code: string, facts: { readonly [name: string]: unknown }): void;
}

export interface Rooms {
  readonly submission: Submission;
  readonly links: LinkEvents;
  /** Takes up what the disk holds, then lets consensus speak. */
  start(records: readonly VoteRecord[], accepted: readonly Transaction[]): void;
  stop(): void;
  isWaiting(id: TransactionId): boolean;
  pooled(id: TransactionId): Transaction | undefined;
  readonly payload: Payloads['read'];
  peers(): readonly PeerView[];
  buffers(): readonly BufferFigure[];
  status(): Omit<NodeStatus, 'network' | 'validator' | 'phase'>;
  observe(disputedHeight?: number): NodeObservation;
}

/** Prepared certificates and view changes repeat the votes of a window; this many are remembered. */
const rememberedSignatures = ({ validators, window }: MessageLimits): number => 16 * validators * window;

const sentUseless: ReadonlySet<RejectionCode> = new Set([
  'frame-dropped',
  'message-dropped',
  'transaction-dropped',
  'evidence-dropped',
]);

export function createRooms(
  config: RoomsConfig,
  ports: RuntimePorts,
  restored: RestoredVotes,
  events: RoomsEvents,
): Rooms {
  const { genesis, epochs, self, incarnation, tuning } = config;
  const { network } = genesis;
  const recoveries = recoveriesOf(ports.blocks);
  let voter: Voter = { network, self, incarnation, signer: ports.signer };
  const state = createConsensus(
    consensusConfigOf(voter, epochs.current(), epochs.previous()),
    restored,
    nowOf(ports.clock),
  );
  let stopped = false;
  const rejections = createRejections(ports);
  const reject: Rejections['reject'] = (code, from, ...rest) => {
    rejections.reject(code, from, ...rest);
    // Only what is wrong by itself: a message that consensus refuses may be another's, passed on.
    if (sentUseless.has(code)) ports.links.useless?.(from);
  };
  const telemetry = createTelemetry(ports.clock);
  const disputes = createDisputes(epochs.current().parameters.window);
  let lastDurableMs: number | undefined;
  let waitingSinceMs: number | undefined;

  const context: RuntimeContext = {
    network,
    epochs,
    trail: createEpochTrail(network, epochs, recoveries),
    self,
    ports,
    tuning,
    feed: (input) => {
      witness.saw(input);
      loop.feed(input);
    },
    wake: () => loop.wake(),
    send: (to, message) => {
      if (!stopped) ports.links.send(to, encodeLinkMessage(message));
    },
    broadcast,
    spread: (message) => sendAll(ports.links.open(), message),
    reject,
    certifiedHeight: () => chain.tip().height,
  };

  const cache = createSignatureCache(rememberedSignatures(epochs.limits()));
  epochs.onChange(() => cache.resize(rememberedSignatures(epochs.limits())));
  const voteLane = createVoteLane(ports.verifier, cache);
  const checks = createTransactionChecks(context, createTransactionLane(ports.verifier, tuning.verifyChunk));
  const room = createWaitingRoom(context, ports.blocks.tip().header.time);
  const conduct = createConduct(context);
  const payloads = createPayloads(context, conduct, {
    isProposed: (digest) => batches.lacksPayload(digest),
    changed: () => batches.payloadsChanged(),
  });
  const arrivals = {
    expedite: (missing: Iterable<TransactionId>) => dissemination.expedite(missing),
    isInChecks: (id: TransactionId) => dissemination.isInChecks(id),
  };
  const batches = createBatches(context, room, checks, arrivals, payloads);
  const intents = createIntents(context, batches, cache);
  const dissemination = createDissemination(context, room, batches, checks, payloads);
  const backlog = createBacklog(context);
  const submission = createSubmission(context, room, batches, checks, dissemination, backlog, payloads);
  const evidence = createEvidenceRoom(context, voteLane, submission, {
    isVoting: () => state.mode === 'voting',
    nowMs: () => room.nowMs(),
  });
  const agents = createAgents(context, submission, {
    isVoting: () => state.mode === 'voting',
    incarnation: () => voter.incarnation,
    isBehind: () => catchUp.progress() !== undefined,
    nowMs: () => room.nowMs(),
  });
  const witness = createWitness(context, evidence.found);
  const ledger = ledgerOf(config, ports);
  const chain = createChain(context, ledger, {
    durable: onDurable,
    bounded: (boundary) => {
      epochs.boundary(boundary);
      return boundaryInput(voter, epochs.current(), boundary);
    },
    unsupported: (height, unknown) => {
      const { code, facts } = protocolStop(height, unknown);
      events.halt(code, { ...facts });
    },
    unfit: (height, problem) => {
      const { code, facts } = recoveryStop(height, problem);
      halt(code, { ...facts });
    },
    diverged: (height, own, certified) => halt('state-divergence', { height, own, certified }),
  });
  const joining = createJoining(context, {
    snapshots: ports.snapshots,
    lane: voteLane,
    conduct,
    ownHeight: chain.appendedHeight,
    resumeBlocks: () => catchUp.advanced(),
    halt: events.halt,
  });
  const catchUp = createCatchUp(context, { chain, lane: voteLane, conduct, joining });
  const repair = createRepair(context, { port: ports.repair, lane: voteLane, conduct, state: ports.state });
  const peers = createPeers(context, {
    ownStatus: () => statusOf(state),
    starting: () => state.mode === 'starting',
    newestOf: (validator) => ownNewestFor(state, validator),
  });
  const isolation = createIsolation(context, () => catchUp.progress() !== undefined);
  const proposals = {
    wanted: () => wantsProposal(state),
    wantsEmpty: () => wantsEmpty(state, nowOf(ports.clock)),
    view: () => state.view,
    inFlight: () => batchesInFlight(state),
  };
  const proposing = createProposing(context, room, batches, proposals, payloads);
  const incoming = createIncoming(context, voteLane);
  const serving = createServing(context, room, batches);
  const epochChange = createEpochChange(context, {
    peers,
    room,
    submission,
    payloads,
    catchUp,
    tellStanding,
    halt,
  });
  const outputs = createOutputs(context, {
    intents,
    batches,
    chain,
    catchUp,
    peers,
    evidence,
    epochChange,
    renounce,
    halt,
  });
  const loop = createLoop(state, ports, { output, endOfTurn });
  const recoveryNotice = createRecoveryNotice(context, recoveries);
  const observer = createNodeObserver(ports.clock, {
    state,
    rejections,
    disputes,
    telemetry,
    room,
    unregisteredStore: () => unregisteredStoreOf(voter, epochs),
    times: () => ({ lastDurableMs, waitingSinceMs }),
  });
  const routing = createRouting(context, {
    incoming,
    dissemination,
    batches,
    catchUp,
    conduct,
    joining,
    peers,
    repair,
    payloads,
    serving,
    evidence,
    agents,
    recoveryNotice,
  });

  const forgetting = createForgetting(context, [
    peers,
    conduct,
    incoming,
    witness,
    dissemination,
    recoveryNotice,
    catchUp,
    rejections,
  ]);

  const isMember = (peer: ValidatorId): boolean =>
    epochs.setOf(epochs.current().epoch)?.keys.has(peer) === true;

  function broadcast(message: LinkMessage): void {
    sendAll(ports.links.open().filter(isMember), message);
  }

  function sendAll(peers: readonly ValidatorId[], message: LinkMessage): void {
    if (stopped || peers.length === 0) return;
    const frame = encodeLinkMessage(message);
    for (const peer of peers) ports.links.send(peer, frame);
  }

  /** Who takes no part in agreement hears of each block here, and fetches it (rule C1). */
  function tellFollowers({ certificate }: CertifiedBlock): void {
    if (certificate.seals.length === 0) return;
    const followers = ports.links.open().filter((peer) => !isMember(peer));
    sendAll(followers, { type: 'certificate', certificate });
  }

  /** Who does not vote says why: at the start, and in each epoch again. */
  function tellStanding(): void {
    const membership = epochs.current();
    const standing = standingOf(voter, membership);
    if (standing === 'voter') return;
    const { consensusKey, incarnation: registered } =
      membership.validators.find(({ id }) => id === self) ?? {};
    const facts = { epoch: membership.epoch, consensusKey, registered, incarnation: voter.incarnation };
    ports.log.write(standing === 'not-in-set' ? 'info' : 'warn', standing, { rule: 'D3', ...facts });
  }

  /** Until the new incarnation is durable, and then until an activation registers it, nothing is voted (rule D3). */
  function renounce(): void {
    intents.abandon();
    const { incarnation: given, ...nameless } = voter;
    voter = nameless;
    ports.votes.renounce((fresh) => {
      voter = { ...voter, incarnation: fresh };
      ports.log.write('warn', 'vote-store-renounced', { rule: 'D3', given, incarnation: fresh });
    });
  }

  function output(put: Output): void {
    telemetry.output(put);
    outputs.handle(put);
  }

  /** With what the block changed here, for those who compare it with the others'. */
  function halt(code: string, facts: { readonly [name: string]: unknown }): void {
    const block = chain.executedBlock(facts.height as Height);
    events.halt(code, block === undefined ? facts : { ...facts, disputed: disputedBlock(block) });
  }

  /** Proposals first, so that their intents share the persist of this turn. */
  function endOfTurn(): void {
    dissemination.viewIs(state.view, primaryOf(state.config, state.view));
    proposing.consider();
    intents.flush();
    dissemination.flush();
    noteWaiting();
  }

  /** How long something has waited without any progress. */
  function noteWaiting(): void {
    if (room.figures().count === 0) waitingSinceMs = undefined;
    else waitingSinceMs ??= ports.clock.monotonicMs();
  }

  function onDurable(certified: CertifiedBlock): void {
    const settled = room.settle(certified);
    backlog.certified(certified.block.ran.length);
    submission.settled(settled);
    batches.certified(certified.block.height);
    payloads.certified(certified, settled);
    telemetry.durable(certified.block);
    disputes.durable(certified.block);
    lastDurableMs = ports.clock.monotonicMs();
    waitingSinceMs = undefined;
    if (settled.length > 0) context.feed({ type: 'settled', ids: settled });
    catchUp.advanced();
    evidence.certified();
    agents.certified();
    tellFollowers(certified);
    events.publish(certified.block, certified.certificate);
  }

  function start(records: readonly VoteRecord[], accepted: readonly Transaction[]): void {
    tellStanding();
    holdStoredBatches(records, batches, heightOf(chain.tip().height + parametersOf(context).window));
    for (const put of startConsensus(state, nowOf(ports.clock))) output(put);
    peers.start();
    isolation.start();
    repair.start();
    forgetting.start();
    payloads.start();
    // What the operator accepted is known to be there, whoever has it.
    for (const { height } of recoveries.all) if (height > chain.tip().height) catchUp.behind(height, []);
    dissemination.start(() => proposing.considerExpired());
    submission.resume(accepted);
    agents.start();
    loop.wake();
  }

  function stop(): void {
    stopped = true;
    repair.stop();
    loop.stop();
  }

  return {
    submission,
    links: routing,
    observe: observer.observe,
    start,
    stop,
    isWaiting: (id) => room.has(id),
    pooled: (id) => room.get(id),
    payload: payloads.read,
    peers: peers.views,
    buffers: () => [
      ...bufferFigures(state),
      { name: 'pool', size: room.figures().count, bound: tuning.poolCountMax },
      ...incoming.buffers(),
      ...dissemination.buffers(),
      ...payloads.buffers(),
      ...witness.buffers(),
      fullest('checks of one origin that wait', voteLane.waiting(), tuning.heldPerPeerMax),
    ],
    status: () => {
      const progress = catchUp.progress();
      return {
        consensus: describe(state),
        tip: chain.tip(),
        pool: room.figures(),
        evidence: evidence.count(),
        conduct: conduct.views(),
        repair: repair.figures(),
        payloads: payloads.figures(),
        recoveriesShown: recoveryNotice.shown(),
        ...(progress === undefined ? {} : { catchUp: progress }),
      };
    },
  };
}
