/** From executed to certified: seals, certificates from anywhere (N7), h (D2), divergence (X4). */
import type { BlockHash, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type { SealMessage } from '../../shared/types/messages.ts';
import { certificateFault } from './certificate-check.ts';
import { sequenceOfKey } from './intents.ts';
import { byId, quorumOf } from './membership.ts';
import { logSeal } from './message-log.ts';
import { holdHint } from './next-epoch.ts';
import { type ConsensusState, reject, type Slot, type Turn } from './state.ts';
import { inspectLateSeal, inspectSeals, rememberBlock } from './strayed.ts';
import type { Input } from './types.ts';
import { isHeld, slotAt } from './window.ts';

/** Accepts the first seal of a sender for a height above h that is held (M3, D2), in any view (N7). */
export function onSeal(turn: Turn, seal: SealMessage): void {
  if (isHeld(turn.state, seal.height)) logSeal(turn, slotAt(turn, seal.height), seal);
  else inspectLateSeal(turn, seal);
}

/** Rule N7: a valid certificate from anywhere counts. Its signatures are verified, its meaning is checked here. */
export function onCertificate(turn: Turn, certificate: Certificate, from?: ValidatorId): void {
  const { state } = turn;
  if (certificate.epoch > state.config.epoch) {
    holdHint(turn, certificate);
    return;
  }
  const fault = certificateFault(state.config, certificate);
  if (fault !== undefined) {
    if (from !== undefined) reject(turn, from, 'N7', fault);
    return;
  }
  if (certificate.height <= state.certified.height) return;
  if (isHeld(state, certificate.height) && !state.certificates.has(certificate.height))
    state.certificates.set(certificate.height, certificate);
  raiseHighest(turn, certificate);
}

function raiseHighest(turn: Turn, certificate: Certificate): void {
  const { state } = turn;
  if (certificate.height <= (state.highestCertificate?.height ?? 0)) return;
  state.highestCertificate = certificate;
  state.behindSinceMs ??= turn.now.monotonicMs;
}

/** Forms certificates from seals, compares them with what we executed, and emits them in order of height. */
export function certifyExecuted(turn: Turn): void {
  const { state } = turn;
  for (const slot of state.slots.values()) {
    if (!isJudgeable(turn, slot)) continue;
    const sealed = sealsByBlock(slot);
    noteQuorumOfSeals(turn, slot, sealed);
    if (slot.block !== undefined && diverges(turn, slot, slot.block, sealed)) return;
  }
  for (;;) {
    const height = (Math.max(state.certifiedEmitted, state.certified.height) + 1) as Height;
    const certificate = state.certificates.get(height);
    if (certificate === undefined || state.slots.get(height)?.block === undefined) return;
    state.certifiedEmitted = height;
    turn.outputs.push({ type: 'certified', certificate });
  }
}

/** A certificate, or as many seals as make one, or as leave none possible: fewer say nothing yet. */
function isJudgeable({ state }: Turn, slot: Slot): boolean {
  const { size } = slot.seals;
  const needed = quorumOf(state.config);
  const unneeded = state.config.validators.length - needed;
  return size >= needed || size > unneeded + 1 || state.certificates.has(slot.sequence);
}

function sealsByBlock(slot: Slot): ReadonlyMap<BlockHash, readonly SealMessage[]> {
  const groups = new Map<BlockHash, SealMessage[]>();
  for (const seal of slot.seals.values()) {
    const group = groups.get(seal.block);
    if (group === undefined) groups.set(seal.block, [seal]);
    else group.push(seal);
  }
  return groups;
}

function noteQuorumOfSeals(
  turn: Turn,
  slot: Slot,
  sealed: ReadonlyMap<BlockHash, readonly SealMessage[]>,
): void {
  const { state } = turn;
  if (state.certificates.has(slot.sequence)) return;
  for (const [block, seals] of sealed) {
    if (seals.length < quorumOf(state.config)) continue;
    const certificate: Certificate = {
      epoch: state.config.epoch,
      height: slot.sequence,
      block,
      seals: seals
        .map((seal) => ({ validator: seal.sender, signature: seal.signature }))
        .sort((a, b) => byId(a.validator, b.validator)),
    };
    state.certificates.set(slot.sequence, certificate);
    raiseHighest(turn, certificate);
  }
}

/** Rule X4: a certificate over another block, or no quorum possible any more. */
function diverges(
  turn: Turn,
  slot: Slot,
  own: BlockHash,
  sealed: ReadonlyMap<BlockHash, readonly SealMessage[]>,
): boolean {
  const { state } = turn;
  const certificate = state.certificates.get(slot.sequence);
  if (certificate !== undefined) {
    if (certificate.block !== own) halt(turn, 'state-divergence', slot.sequence, own, [certificate.block]);
    return certificate.block !== own;
  }
  const missing = state.config.validators.length - slot.seals.size;
  const largest = Math.max(0, ...[...sealed.values()].map((seals) => seals.length));
  if (largest + missing >= quorumOf(state.config)) return false;
  halt(
    turn,
    'split-execution',
    slot.sequence,
    own,
    [...sealed.keys()].filter((block) => block !== own),
  );
  return true;
}

export function halt(
  turn: Turn,
  code: 'state-divergence' | 'split-execution',
  height: Height,
  own: BlockHash,
  others: readonly BlockHash[],
): void {
  turn.state.mode = 'halted';
  turn.outputs.push({ type: 'halt', code, height, own, others });
}

/**
 * Rule D2: only now h advances. The height may have come by catch-up, without ever being ordered here; all
 * slot state at or below it goes. h never falls: an older height is ignored.
 */
export function raiseCertified(turn: Turn, input: Input & { type: 'certified-durable' }): void {
  const { state } = turn;
  const { height, block, certificate } = input;
  if (height <= state.certified.height) return;
  const own = state.slots.get(height)?.block;
  if (own !== undefined && own !== block) {
    halt(turn, 'state-divergence', height, own, [block]);
    return;
  }
  inspectSeals(turn, state.slots.get(height), block);
  rememberBlock(turn, height, block);
  state.certified = { height, block, certificate };
  state.executed = Math.max(state.executed, height) as Height;
  state.executeEmitted = Math.max(state.executeEmitted, height) as Height;
  state.certifiedEmitted = Math.max(state.certifiedEmitted, height) as Height;
  forgetUpTo(state, height);
  turn.outputs.push({ type: 'prune', height });
}

function forgetUpTo(state: ConsensusState, height: Height): void {
  keepCertifiedBatches(state, height);
  const drop = <Value>(map: Map<Height, Value>): void => {
    for (const key of map.keys()) if (key <= height) map.delete(key);
  };
  drop(state.slots);
  drop(state.certificates);
  drop(state.waitingSlots);
  for (const [digest, check] of state.checks) if (check.sequence <= height) state.checks.delete(digest);
  if (state.mode === 'starting') return; // what the store held at start is still to be compared (rule D3)
  state.storeHeight = height;
  drop(state.ownSeals);
  for (const key of state.ownVotes.keys()) if (sequenceOfKey(key) <= height) state.ownVotes.delete(key);
}

/** One window of them: a VIEW-CHANGE may lag that far behind what is certified here. */
function keepCertifiedBatches(state: ConsensusState, height: Height): void {
  for (const { sequence, ordered, batches } of state.slots.values()) {
    const batch = ordered === undefined ? undefined : batches.get(ordered);
    if (sequence > height || ordered === undefined || batch === undefined) continue;
    state.certifiedBatches.set(sequence, { digest: ordered, batch });
  }
  for (const key of state.certifiedBatches.keys())
    if (key <= height - state.config.parameters.window) state.certifiedBatches.delete(key);
}
