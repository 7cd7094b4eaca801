/**
 * Rule D1: what a vote rests on, and the vote, are on disk before it is signed and sent, in the order of
 * emission. All intents of a turn share one persist; while one is in flight the next gathers (group commit).
 */
import type { BatchDigest, Height, Signature } from '../../shared/types/brands.ts';
import type { Batch, Transaction } from '../../shared/types/ledger.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import type { Output, RestsOn } from '../consensus/types.ts';
import type { RuntimeContext } from './context.ts';
import { messageFrames } from './message-frames.ts';
import type { SignRequest, VoteRecord } from './ports.ts';
import { outerCheck, type SignatureCache } from './signatures.ts';
import { type Draft, draftOf, epochOfDraft, recordOf, signedMessage } from './signing.ts';

type Intent = Extract<Output, { type: 'intent' }>;
/** undefined: nobody needs it any more. */
type Signatures = readonly (Signature | undefined)[];
type GatheredIntent = { readonly draft: Draft; readonly send: boolean };

export interface Intents {
  gather(intent: Intent): void;
  /** End of a turn: starts the next persist unless one is in flight. */
  flush(): void;
  /** Batches at or below this height may have left the store: they are written again if needed again. */
  pruned(height: Height): void;
  /** Rule D3: votes are lost, so that nothing that is still on its way may leave any more. */
  abandon(): void;
}

interface BodySource {
  /** Bodies of a batch that was checked, in its order. */
  bodiesOf(digest: BatchDigest, batch: Batch): readonly Transaction[] | undefined;
}

export function createIntents(context: RuntimeContext, bodies: BodySource, cache: SignatureCache): Intents {
  let records: VoteRecord[] = [];
  let gathered: GatheredIntent[] = [];
  let persisting = false;
  /** Counts the times that all was given up. */
  let generation = 0;
  /** Batches on disk → the greatest height they were written for. */
  const writtenBatches = new Map<BatchDigest, number>();
  /** Groups are signed at once but delivered in the order of emission. */
  let delivery: { group: readonly GatheredIntent[]; signatures?: Signatures }[] = [];

  function gather(intent: Intent): void {
    const draft = draftOf(context.network, context.self, intent.message);
    if (draft.kind === 'heartbeat') {
      signGroup([{ draft, send: intent.send }]);
      return;
    }
    const sequence = draft.kind === 'seal' ? draft.seal.height : draft.vote.sequence;
    for (const support of intent.restsOn) addSupport(support, sequence);
    records.push(recordOf(draft));
    gathered.push({ draft, send: intent.send });
  }

  function addSupport(support: RestsOn, sequence: number): void {
    if (support.kind === 'ordered') {
      records.push({ kind: 'ordered', height: support.height, batch: support.batch });
    } else if (support.kind === 'prepared') {
      records.push({ kind: 'prepared', certificate: support.certificate });
    } else if (writtenBatches.get(support.digest) !== sequence) {
      const transactions = bodies.bodiesOf(support.digest, support.batch);
      if (transactions === undefined) {
        throw new Error(`A vote rests on batch ${support.digest}, whose bodies are not here (rule D1)`);
      }
      writtenBatches.set(support.digest, sequence);
      records.push({
        kind: 'batch',
        digest: support.digest,
        batch: support.batch,
        envelopes: transactions.map((transaction) => transaction.envelope),
      });
    }
  }

  function flush(): void {
    if (persisting || records.length === 0) return;
    const group = gathered;
    const groupRecords = records;
    gathered = [];
    records = [];
    persisting = true;
    const begun = generation;
    context.ports.votes.persist(groupRecords, () => {
      persisting = false;
      if (begun === generation) signGroup(group);
      flush();
    });
  }

  function signGroup(group: readonly GatheredIntent[]): void {
    const entry: (typeof delivery)[number] = { group };
    delivery.push(entry);
    context.ports.signer.sign(
      group.map(({ draft }) => requestOf(draft)),
      (signatures) => {
        entry.signatures = signatures;
        deliverSigned();
      },
    );
  }

  /** The key is that of the epoch of its message, whatever epoch it is by now. */
  function requestOf(draft: Draft): SignRequest {
    const epoch = epochOfDraft(draft);
    const key = context.epochs.setOf(epoch)?.keys.get(context.self);
    if (key === undefined) throw new Error(`A message of epoch ${epoch}, in which we are no validator`);
    return { epoch, key, bytes: draft.signingBytes };
  }

  function deliverSigned(): void {
    for (let head = delivery[0]; head?.signatures !== undefined; head = delivery[0]) {
      delivery.shift();
      deliver(head.group, head.signatures);
    }
  }

  function deliver(group: readonly GatheredIntent[], signatures: Signatures): void {
    const signed = group.flatMap(({ draft, send }, index) => {
      const signature = signatures[index];
      return signature === undefined ? [] : [{ message: signedMessage(draft, signature), send }];
    });
    sendAll(signed.filter(({ send }) => send).map(({ message }) => message));
    for (const { message } of signed) {
      // It comes back nested in others' messages.
      const own = outerCheck(context.epochs, message);
      if (own !== undefined) cache.remember(own.name);
      context.feed({ type: 'own', message });
    }
  }

  function sendAll(messages: readonly ConsensusMessage[]): void {
    for (const frame of messageFrames(messages)) context.broadcast({ type: 'consensus', messages: frame });
  }

  function pruned(height: Height): void {
    for (const [digest, writtenFor] of writtenBatches) {
      if (writtenFor <= height) writtenBatches.delete(digest);
    }
  }

  function abandon(): void {
    generation += 1;
    records = [];
    gathered = [];
    delivery = [];
    writtenBatches.clear();
  }

  return { gather, flush, pruned, abandon };
}
