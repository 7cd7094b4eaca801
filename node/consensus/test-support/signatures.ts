/** What may be signed over the whole life of a validator, and what a verifier lets through to a core. */
import type { Epoch, ValidatorId } from '../../../shared/types/brands.ts';
import type { ConsensusState } from '../state.ts';
import type { ConsensusConfig, Input, UnsignedMessage } from '../types.ts';
import { idOf, signAs, signingKeyOf } from './forge.ts';
import type { Era } from './ledger.ts';

export class SignatureWatch {
  readonly violations: string[] = [];
  /** Every epoch that a certified block has opened. */
  readonly eras = new Map<Epoch, Era>();
  private readonly signed = new Map<string, string>();
  private readonly viewFloor = new Map<string, number>();
  /** Highest sequence or height that was signed in an epoch, and by whom. */
  private readonly signedTop = new Map<Epoch, { height: number; by: ValidatorId }>();

  /** Rules W1, N7 and E1, over the whole life of a validator. */
  signedBy(id: ValidatorId, message: UnsignedMessage): void {
    if (message.kind === 'heartbeat') return;
    const { slot, content } = signedSlot(message);
    const key = `${id}/${slot}`;
    const before = this.signed.get(key) ?? content;
    this.signed.set(key, before);
    if (before !== content) this.violations.push(`${key} signed twice`);
    const seat = `${id}/${message.epoch}`;
    const floor = this.viewFloor.get(seat) ?? 0;
    if (message.kind === 'view-change') this.viewFloor.set(seat, Math.max(floor, message.view));
    this.checkEpoch(id, message);
    const isVote = message.kind === 'pre-prepare' || message.kind === 'prepare' || message.kind === 'commit';
    if (isVote && message.view < floor) this.violations.push(`${key} below the view asked for`);
  }

  /** Nothing is signed in an epoch above its last height, nor below its first, nor by who is not in it. */
  private checkEpoch(id: ValidatorId, message: Exclude<UnsignedMessage, { kind: 'heartbeat' }>): void {
    const { epoch } = message;
    const era = this.eras.get(epoch);
    if (era?.seats.some((seat) => seat.id === id) !== true)
      this.violations.push(`${id} signed in epoch ${epoch}, of which it is no validator`);
    if (message.kind === 'view-change' || message.kind === 'new-view') return;
    const height = message.kind === 'seal' ? message.height : message.sequence;
    const top = this.signedTop.get(epoch);
    if (top === undefined || top.height < height) this.signedTop.set(epoch, { height, by: id });
    const end = this.eras.get((epoch + 1) as Epoch)?.firstHeight ?? Number.POSITIVE_INFINITY;
    if (height >= end || height < (era?.firstHeight ?? 0))
      this.violations.push(`${id} signed ${message.kind} at ${height}, outside epoch ${epoch}`);
  }

  certified(era: Era): void {
    if (this.eras.has(era.epoch)) return;
    this.eras.set(era.epoch, era);
    const top = this.signedTop.get((era.epoch - 1) as Epoch);
    if (top !== undefined && top.height >= era.firstHeight)
      this.violations.push(`${top.by} signed ${top.height} in the epoch before ${era.epoch}`);
  }
}

/** As the runtime does it: by the keys of the message's own epoch, if that is one whose validators are known. */
export function isVerified(state: ConsensusState, input: Input): boolean {
  if (input.type !== 'message') return true;
  const { epoch, sender, signature } = 'vote' in input.message ? input.message.vote : input.message;
  const validators = setOf(state, epoch);
  return validators?.find(({ id }) => id === sender)?.consensusKey === signingKeyOf(signature);
}

function setOf(
  { config, nextEpoch }: ConsensusState,
  epoch: Epoch,
): ConsensusConfig['validators'] | undefined {
  if (epoch === config.epoch) return config.validators;
  if (epoch === config.previous?.epoch) return config.previous.validators;
  return epoch === nextEpoch?.epoch ? nextEpoch.validators : undefined;
}

function signedSlot(message: Exclude<UnsignedMessage, { kind: 'heartbeat' }>): {
  slot: string;
  content: string;
} {
  if (message.kind === 'seal') return { slot: `seal/${message.height}`, content: message.block };
  if (message.kind === 'view-change' || message.kind === 'new-view')
    return {
      slot: `${message.kind}/${message.epoch}/${message.view}`,
      content: (signAs(idOf(0), message) as { vote: { content: string } }).vote.content,
    };
  const slot = `${message.kind}/${message.epoch}/${message.view}/${message.sequence}`;
  return { slot, content: message.content };
}
