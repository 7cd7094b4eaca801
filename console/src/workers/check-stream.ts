/**
 * A stream as a whole: state proves how many events it has and the root over all of them, so that a revision which is
 * missing, changed or added shows, whatever the node says.
 */
import type { StateJson, StreamEventJson } from '../../../shared/api.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { fromBase64Url, fromHex } from '../../../shared/codec/hex.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import { isCborMap } from '../../../shared/codec/structure.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { appendLeaf, emptyFrontier, frontierRoot } from '../../../shared/crypto/merkle.ts';
import {
  type Check,
  checklist,
  compared,
  failed,
  firstFailed,
  malformed,
} from '../../../shared/protocol/checks.ts';
import type { KnownEpochs } from '../../../shared/protocol/known-epochs.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import type { VerificationReport } from '../features/verify/checks.ts';
import { streamKey } from '../features/verify/subjects.ts';
import { canonicalText } from './check-shown.ts';
import { checkState } from './check-state.ts';
import { readable } from './readable.ts';

export interface StreamClaim {
  readonly name: string;
  /** Of the key `streams/NAME`, as of the block that the events are of. */
  readonly state: StateJson;
  readonly events: readonly StreamEventJson[];
  /**
   * Envelopes of the events' transactions by id: what a node shows of an event for reading loses whether something is
   * text or bytes, which only the signed bytes tell.
   */
  readonly envelopes?: { readonly [transaction: string]: string };
}

export async function checkStream(
  { name, state, events, envelopes }: StreamClaim,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const entry = await checkState(streamKey(name), state, known, verify);
  if (entry.proven === undefined) return entry;
  const head = headOf(entry.value);
  const leaf = checkRevisions(events, head.length);
  const { checks } = checklist([...entry.checks.filter(({ id }) => id !== 'path'), leaf]);
  if (!leaf.ok) return { checks: withPath(checks, pathOf(entry)) };
  const signed = envelopes === undefined ? events.map(asShown) : signedEvents(events, envelopes);
  if ('id' in signed) return { checks: withPath(replaced(checks, signed), pathOf(entry)) };
  const root = checkRoot(head.root, signed);
  const path = firstFailed([pathOf(entry), root]);
  const shown = root.ok && envelopes !== undefined ? checkShown(events, signed) : leaf;
  const all = withPath(replaced(checks, shown.ok ? leaf : shown), path);
  if (!all.every(({ ok }) => ok)) return { checks: all };
  const { entry: _, ...block } = entry.proven;
  return { checks: all, proven: { ...block, stream: { name, events: events.length } } };
}

interface StreamHead {
  readonly length: number;
  readonly root: string;
}

/** State was proven, so its form is the ledger's; an absent key is a stream without events. */
function headOf(value: CborValue | undefined): StreamHead {
  if (value === undefined) return { length: 0, root: frontierRoot(emptyFrontier) };
  if (!isCborMap(value) || typeof value.revision !== 'number' || !Array.isArray(value.frontier))
    throw new Error('The state of a stream has another form than this console knows.');
  const length = value.revision + 1;
  return { length, root: frontierRoot({ size: length, hashes: value.frontier as readonly Uint8Array[] }) };
}

/** As many as state says, and each at its place. */
function checkRevisions(events: readonly StreamEventJson[], length: number): Check {
  const inputs = { events: events.length, 'events by state': length };
  const wrong = events.findIndex(({ revision }, at) => revision !== at);
  return firstFailed([
    wrong < 0
      ? compared('leaf', 'proof-form', length, events.length, { inputs })
      : compared('leaf', 'proof-position', `revision ${wrong}`, `revision ${events[wrong]?.revision}`, {
          inputs,
        }),
    compared('leaf', 'proof-form', length, events.length, { inputs }),
  ]);
}

type EventMap = { readonly [member: string]: CborValue };

/** All events together hash to the root that state has: none was left out, added or changed. */
function checkRoot(expected: string, events: readonly EventMap[]): Check {
  const inputs = { leaves: events.length, 'stream root': expected };
  try {
    const tree = events.reduce((frontier, event) => appendLeaf(frontier, encode(event)), emptyFrontier);
    return compared('path', 'root', expected, frontierRoot(tree), { inputs });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { ...malformed(error), id: 'path' };
  }
}

/** The event that the page shows, if text is text: right for all but bytes and large integers. */
function asShown({
  stream,
  revision,
  eventId,
  type,
  data,
  labels,
  references,
  payload,
}: StreamEventJson): EventMap {
  return {
    eventId,
    type,
    data: data as CborValue,
    labels,
    references,
    ...(payload === undefined ? {} : { payload: { digest: fromHex(payload.digest), size: payload.size } }),
    stream,
    revision,
  };
}

/** The same events out of what their senders signed, or the check that fails for want of one. */
function signedEvents(
  events: readonly StreamEventJson[],
  envelopes: { readonly [transaction: string]: string },
): readonly EventMap[] | Check {
  const opened = new Map<string, ReadonlyMap<string, EventMap>>();
  const found: EventMap[] = [];
  for (const { transaction, stream, revision, eventId } of events) {
    const appended = opened.get(transaction) ?? appendedBy(transaction, envelopes[transaction]);
    opened.set(transaction, appended);
    const event = appended.get(eventId);
    if (event === undefined) {
      const facts = { expected: `event ${eventId} in transaction ${transaction}`, actual: 'nothing' };
      return failed('leaf', 'wrong-transaction', { ...facts, inputs: { revision } });
    }
    found.push({ ...event, stream, revision });
  }
  return found;
}

/** By eventId, which an append has once; nothing if the bytes are not that transaction. */
function appendedBy(transaction: string, envelope: string | undefined): ReadonlyMap<string, EventMap> {
  const events = new Map<string, EventMap>();
  if (envelope === undefined) return events;
  try {
    const { id, body } = decodeEnvelope(fromBase64Url(envelope));
    const args = isCborMap(body.args) ? body.args : {};
    if (id !== transaction || !Array.isArray(args.events)) return events;
    for (const event of args.events as readonly CborValue[]) {
      if (isCborMap(event) && typeof event.eventId === 'string') events.set(event.eventId, event);
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  return events;
}

const shownMembers = ['eventId', 'type', 'data', 'labels', 'references'] as const;

/** The root holds for the signed events; does the page show the same? */
function checkShown(events: readonly StreamEventJson[], signed: readonly EventMap[]): Check {
  for (const [at, event] of events.entries()) {
    for (const member of shownMembers) {
      const expected = canonicalText(readable(signed[at]?.[member] ?? null));
      const shown = `${member} of revision ${at}`;
      const check = compared('leaf', 'wrong-transaction', expected, canonicalText(event[member]), {
        inputs: { shown },
      });
      if (!check.ok) return check;
    }
  }
  return compared('leaf', 'wrong-transaction', events.length, signed.length);
}

const pathOf = ({ checks }: VerificationReport): Check => checks.find(({ id }) => id === 'path') as Check;
const replaced = (checks: readonly Check[], by: Check): readonly Check[] =>
  checks.map((check) => (check.id === by.id ? by : check));
const withPath = (checks: readonly Check[], path: Check): readonly Check[] => replaced(checks, path);
