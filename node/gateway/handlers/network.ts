/** What this node says about itself and its peers. */
import type {
  ConsensusJson,
  MatrixJson,
  PeerJson,
  PeersJson,
  StatusJson,
  ValidatorsJson,
} from '../../../shared/api.ts';
import { evidenceKinds } from '../../../shared/codec/conflict.ts';
import { faultsTolerated, quorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { readFormer } from '../../ledger/modules/network.ts';
import { readObservers } from '../../ledger/modules/observers.ts';
import { evidenceAgainst } from '../../ledger/modules/validator.ts';
import { newestProtocol } from '../../ledger/protocols.ts';
import type { StateView } from '../../ledger/types.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { memberName } from '../governance/names.ts';
import type { GatewayPeer } from '../ports.ts';
import { reachableCount } from '../reachable.ts';
import { standingOf } from '../standing.ts';

/** Of the epoch that state is in. */
function quorumOf({ validators }: Membership): { n: number; f: number; q: number } {
  const n = validators.length;
  return { n, f: faultsTolerated(n), q: quorum(n) };
}

export function getStatus(context: GatewayContext): Answer<StatusJson> {
  const { node, queries, state, genesis, network, self, version, follower, startedAtMs, wallMs } = context;
  const { consensus, pool, payloads, notReadyReason } = node.status();
  const tip = queries.block(queries.certifiedHeight());
  if (tip === undefined) throw new Error('the index holds no block');
  const nowMs = wallMs();
  const membership = readMembership(state);
  const voting = node.voting();
  const body: StatusJson = {
    product: 'concordat',
    version,
    network,
    networkName: genesis.name,
    node: self,
    standing: standingOf(state, self),
    mode: consensus.mode,
    epoch: consensus.epoch,
    view: consensus.view,
    primary: consensus.primary,
    ...(consensus.changingTo === undefined ? {} : { changingTo: consensus.changingTo }),
    height: tip.height,
    block: tip.hash,
    stateRoot: tip.header.state,
    time: tip.header.time,
    certifiedHeight: Math.max(consensus.certified, tip.height),
    executedHeight: Math.max(consensus.executed, tip.height),
    protocol: { inForce: membership.protocol, newest: newestProtocol },
    quorum: {
      ...quorumOf(membership),
      reachable: reachableCount(context),
      ...(voting !== undefined && { voting }),
    },
    pool: { ...pool },
    payloads: { ...payloads },
    rate: follower.rate(nowMs),
    nowMs,
    startedAtMs,
    ready: notReadyReason === undefined,
    ...(notReadyReason === undefined ? {} : { notReadyReason }),
  };
  return { body };
}

export function getConsensus({ node }: GatewayContext): Answer<ConsensusJson> {
  const { consensus } = node.status();
  return {
    body: {
      ...consensus,
      slots: consensus.slots.map((slot) => ({
        ...slot,
        prepares: [...slot.prepares],
        commits: [...slot.commits],
        seals: [...slot.seals],
      })),
      viewChanges: [...consensus.viewChanges],
    },
  };
}

export function getValidators({ node, state }: GatewayContext): Answer<ValidatorsJson> {
  const { epoch, view, primary } = node.status().consensus;
  const membership = readMembership(state);
  const validators = membership.validators.map((validator) => ({
    ...validator,
    memberName: memberName(state, validator.member),
    evidence: evidenceAgainst(state, validator.id, epoch, evidenceKinds).map(({ kind }) => kind),
  }));
  const observers = readObservers(state).map((observer) => ({
    ...observer,
    memberName: memberName(state, observer.member),
  }));
  return { body: { epoch, view, ...quorumOf(membership), primary, validators, observers } };
}

export function getPeers({ node, self, wallMs }: GatewayContext): Answer<PeersJson> {
  return { body: { node: self, nowMs: wallMs(), peers: node.peers().map(peerJson) } };
}

function peerJson(peer: GatewayPeer): PeerJson {
  const { lastMessageAgeMs: ageMs } = peer;
  return { ...peer, ...(ageMs === undefined ? {} : { lastMessageAgeMs: Math.round(ageMs) }) };
}

type SeenRow = MatrixJson['rows'][number];
type Placed = Pick<SeenRow, 'member'> & { readonly id: ValidatorId; readonly gateway?: string };

export function getMatrix(context: GatewayContext): Answer<MatrixJson> {
  const { node, state, self, queries, wallMs } = context;
  const { consensus } = node.status();
  const peers = new Map<string, PeerJson>(node.peers().map((peer) => [peer.validator, peerJson(peer)]));
  const own = { view: consensus.view, height: Math.max(consensus.certified, queries.certifiedHeight()) };
  const { validators } = readMembership(state);
  // What a follower says of its height is nobody's lag.
  const heights = validators.map(({ id }) => peers.get(id)?.height ?? 0);
  const highest = Math.max(own.height, ...heights);
  const rowOf = ({ id, member, gateway = '' }: Placed): SeenRow => {
    const seen = peers.get(id);
    const { view, height } = id === self ? own : { view: seen?.view, height: seen?.height };
    return {
      validator: id,
      member,
      gateway,
      isSelf: id === self,
      isPrimary: id === consensus.primary,
      ...(view === undefined ? {} : { view }),
      ...(height === undefined ? {} : { height, lag: Math.max(0, highest - height) }),
      ...(seen === undefined ? {} : { seen }),
    };
  };
  const linked = node.peers().flatMap(({ validator, connected }) => (connected ? [validator] : []));
  const followers = [...readObservers(state), ...formerAmong(state, [self, ...linked])];
  return {
    body: {
      node: self,
      nowMs: wallMs(),
      rows: validators.map(rowOf),
      followers: followers.map((one) => ({ ...rowOf(one), standing: standingOf(state, one.id) })),
    },
  };
}

/** Validators of earlier epochs: their number only grows, so those are shown that are there. */
const formerAmong = (state: StateView, ids: readonly ValidatorId[]): readonly Placed[] =>
  [...new Set(ids)].flatMap((id) => readFormer(state, id) ?? []);
