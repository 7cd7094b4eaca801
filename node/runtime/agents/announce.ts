/**
 * Says `validator.ready` for this node (rule E3): it holds the key that it has in the next epoch, its vote store is
 * the registered one, its software knows the rules, and it has certified the ledger up to the block that it names.
 */
import { fromHex } from '../../../shared/codec/hex.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { Incarnation } from '../../../shared/types/brands.ts';
import type { GenesisValidator } from '../../../shared/types/ledger.ts';
import { limits } from '../../ledger/limits.ts';
import type { Activation, Ready } from '../../ledger/modules/activation-records.ts';
import { subjectOf } from '../../ledger/modules/changes.ts';
import { needsReach, needsReady, nextMembership } from '../../ledger/modules/readiness.ts';
import { readyAction } from '../../ledger/modules/validator-actions.ts';
import { newestProtocol, unknownVersion } from '../../ledger/protocols.ts';
import { parametersOf, type RuntimeContext } from '../context.ts';
import { createRecentBlocks } from './recent.ts';
import { turnMs } from './turns.ts';
import type { Words } from './words.ts';

export interface Announcer {
  /** @param sinceMs how long this activation has been pending here */
  consider(activation: Activation, sinceMs: number): void;
}

export interface AnnouncerSources {
  readonly words: Words;
  /** Of the vote store; absent while that is being renounced. */
  incarnation(): Incarnation | undefined;
  /** Blocks are missing here that peers have certified. */
  isBehind(): boolean;
}

export function createAnnouncer(
  context: RuntimeContext,
  { words, incarnation, isBehind }: AnnouncerSources,
): Announcer {
  const { blocks, log, signer } = context.ports;
  const { self } = context;
  const recent = createRecentBlocks(context);
  let told = '';

  function consider(activation: Activation, sinceMs: number): void {
    if (activation.at !== undefined || !needsReady(activation, self) || isBehind()) return;
    const next = nextMembership(context.epochs.current(), activation);
    const own = next.validators.find(({ id }) => id === self);
    if (own === undefined) return;
    const missing = missingFor(own, next.protocol);
    if (missing !== undefined) {
      tell(`${activation.number} ${missing}`, missing, { activation: activation.number });
      return;
    }
    const known = activation.ready.get(self);
    if (known !== undefined && !isToBeRepeated(activation, known, own)) return;
    if (known === undefined && sinceMs < delayMs(activation, next.validators)) return;
    announce(activation, own, (known?.times ?? 0) + 1);
  }

  function missingFor(own: GenesisValidator, protocol: number): string | undefined {
    if (unknownVersion(protocol) !== undefined) return 'protocol-unsupported';
    if (!signer.keys().includes(own.consensusKey)) return 'next-key-missing';
    return own.incarnation === incarnation() ? undefined : 'incarnation-not-registered';
  }

  function tell(what: string, code: string, facts: { readonly [name: string]: unknown }): void {
    if (what === told) return;
    told = what;
    log.write('warn', code, { rule: 'E3', ...facts });
  }

  /** Each record costs the attestations of the one before: only what nobody can attest any more is said anew. */
  function isToBeRepeated(activation: Activation, known: Ready, own: GenesisValidator): boolean {
    if (known.times >= limits.readyTimesMax) return false;
    if (known.key !== own.consensusKey || known.incarnation !== own.incarnation) return true;
    return needsReach(activation, self) && !recent.isRecent(known.height);
  }

  /** Who is named by the change speaks at once; of all others a quorum is enough. */
  function delayMs({ changes }: Activation, validators: readonly GenesisValidator[]): number {
    if (changes.some((change) => subjectOf(change) === self)) return 0;
    const place = validators.findIndex(({ id }) => id === self);
    return turnMs(place, quorum(validators.length), parametersOf(context));
  }

  function announce({ number }: Activation, { consensusKey, incarnation }: GenesisValidator, times: number) {
    const { height, hash } = blocks.tip();
    const args = {
      activation: number,
      incarnation: fromHex(incarnation),
      height,
      block: fromHex(hash),
      protocol: newestProtocol,
    };
    words.say(`ready ${number} ${times}`, { key: consensusKey, action: readyAction, args });
  }

  return { consider };
}
