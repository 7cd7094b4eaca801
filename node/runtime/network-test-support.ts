/**
 * A whole network of nodes in one process for the tests of this room: the runtime as in production, with disks,
 * links, keys and clocks in memory. Time passes only when told, and a node can be crashed at each call of a port.
 */
import { signedText, slotOf } from '../../shared/codec/conflict.ts';
import { toHex } from '../../shared/codec/hex.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { readSlot } from '../../shared/codec/signed-content.ts';
import {
  type BlockHash,
  type Epoch,
  heightOf,
  type Incarnation,
  type Nonce,
  type PublicKey,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { CborValue, GenesisDocument, Transaction } from '../../shared/types/ledger.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { signatureOf } from '../ledger/epoch-test-support.ts';
import { buildGenesis, type Genesis } from '../ledger/genesis.ts';
import { keyOf, putAll } from '../ledger/test-support.ts';
import type { ExecutedBlock, StateView } from '../ledger/types.ts';
import { createNode, type Node } from './node.ts';
import { type PayloadRows, payloadsInMemory } from './payloads-in-memory.ts';
import type { RuntimePorts, StatePort, StoredBlock, Tip, VoteRecord } from './ports.ts';
import { challenges } from './test-support.ts';
import type { RuntimeTuning } from './tuning.ts';
import { type Fence, requireInside } from './vote-records.ts';

/** What survives a crash. */
export interface Seat {
  readonly id: ValidatorId;
  incarnation: Incarnation;
  records: VoteRecord[];
  readonly blocks: { readonly stored: StoredBlock; readonly block: ExecutedBlock }[];
  /** Consensus keys that its signer holds. */
  keys: PublicKey[];
  readonly envelopes: Map<string, Uint8Array>;
  readonly payloads: PayloadRows;
}

export interface Signed {
  readonly by: ValidatorId;
  readonly key: PublicKey;
  readonly slot: SlotContent;
}

/** Where a node is crashed: at a port call, counted from now on; before it has its effect, or behind it. */
export interface CrashPlan {
  readonly call: number;
  readonly effect: 'before' | 'behind';
}

export interface TestNetwork {
  readonly genesis: Genesis;
  readonly seats: ReadonlyMap<ValidatorId, Seat>;
  /** Everything that was ever signed, by whatever key. */
  readonly signed: readonly Signed[];
  readonly logged: readonly { readonly id: ValidatorId; readonly code: string; readonly facts: object }[];
  /** Nodes that ended by themselves, for a reason that is allowed; any other one is thrown. */
  readonly stops: readonly { readonly id: ValidatorId; readonly code: string; readonly facts: object }[];
  allowStop(code: string): void;
  node(id: string): Node;
  start(id: string): void;
  crash(id: string): void;
  /** @returns the names of the calls since then, while it lives */
  plan(id: string, crash: CrashPlan): readonly string[];
  isUp(id: string): boolean;
  /** Runs until the condition holds. Throws if it does not within so many milliseconds of virtual time. */
  until(what: string, holds: () => boolean, withinMs?: number): void;
  run(ms: number): void;
  height(id: string): number;
  epoch(id: string): number | undefined;
  mode(id: string): string | undefined;
  hash(id: string, height: number): BlockHash | undefined;
  /** After its highest executed block. */
  state(id: string): StateView;
  transaction(sender: string, action: string, args: CborValue, lifeMs?: number): Transaction;
  /** `payloads`: what comes along with it. */
  submit(id: string, transaction: Transaction, ...payloads: readonly Uint8Array[]): void;
  seat(id: string): Seat;
  cut(id: string, isCut: boolean): void;
  /** From now on its wall clock is so far ahead of the others', or behind. */
  skew(id: string, aheadMs: number): void;
}

interface Life {
  isOver: boolean;
  readonly state: StatePort;
  readonly node: Node;
}

const tuning: Partial<RuntimeTuning> = { statusMs: 200, handOverMs: 100, batchDelayMs: 5 };

export function createTestNetwork(document: GenesisDocument, ids: readonly string[]): TestNetwork {
  const genesis = buildGenesis(document);
  const { network } = genesis;
  const all = ids as readonly ValidatorId[];
  const seats = new Map(all.map((id) => [id, newSeat(id, document)]));
  const lives = new Map<ValidatorId, Life>();
  const signed: Signed[] = [];
  const contents = new Map<string, string>();
  const logged: { id: ValidatorId; code: string; facts: object }[] = [];
  const stops: { id: ValidatorId; code: string; facts: object }[] = [];
  const allowedStops = new Set<string>();
  const cuts = new Set<ValidatorId>();
  const skewsMs = new Map<ValidatorId, number>();
  const plans = new Map<ValidatorId, { calls: string[]; crash: CrashPlan }>();
  const events: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  let order = 0;
  let nowMs = 0;
  let nonces = 0;

  function later(delayMs: number, run: () => void): void {
    order += 1;
    const event = { atMs: nowMs + delayMs, order, run };
    let place = events.length;
    while (place > 0 && events[place - 1]!.atMs > event.atMs) place -= 1;
    events.splice(place, 0, event);
  }

  function step(): void {
    const event = events.shift();
    if (event === undefined) throw new Error('Nothing happens any more');
    nowMs = event.atMs;
    event.run();
  }

  const isLinked = (one: ValidatorId, other: ValidatorId): boolean =>
    one !== other && lives.has(one) && lives.has(other) && !cuts.has(one) && !cuts.has(other);
  const peersOf = (id: ValidatorId): ValidatorId[] => all.filter((other) => isLinked(id, other));

  function recordSigned(by: ValidatorId, key: PublicKey, bytes: Uint8Array): void {
    const slot = readSlot(bytes);
    if (slot === undefined) return;
    const name = `${key} ${slot.kind} ${slotOf(slot)}`;
    const known = contents.get(name) ?? signedText(slot);
    if (known !== signedText(slot))
      throw new Error(`${by} signs two contents for ${slot.kind} ${slotOf(slot)}`);
    contents.set(name, known);
    signed.push({ by, key, slot });
  }

  /** @returns false if the node is dead now, before the call has its effect */
  function calls(id: ValidatorId, life: { isOver: boolean }, what: string): boolean {
    if (life.isOver) return false;
    const planned = plans.get(id);
    if (planned === undefined) return true;
    planned.calls.push(what);
    if (planned.calls.length < planned.crash.call) return true;
    plans.delete(id);
    if (planned.crash.effect === 'before') {
      crash(id);
      return false;
    }
    // Whatever it does in this turn is done; it comes to nothing but what the disk has by then.
    later(0, () => crash(id));
    return true;
  }

  function portsOf(seat: Seat, life: { isOver: boolean; readonly state: StatePort }): RuntimePorts {
    const { id } = seat;
    const after = (delayMs: number, run: () => void): (() => void) => {
      let isOff = false;
      later(delayMs, () => {
        if (!isOff && !life.isOver) run();
      });
      return () => {
        isOff = true;
      };
    };
    const write = (what: string, commit: () => void, done: () => void): void => {
      if (!calls(id, life, what)) return;
      after(1, () => {
        commit();
        if (calls(id, life, `${what} is durable`)) done();
      });
    };
    let fence: Fence | undefined;
    return {
      clock: { monotonicMs: () => nowMs, wallMs: () => document.time + nowMs + (skewsMs.get(id) ?? 0) },
      timers: { after },
      random: { unit: () => 0.5, bytes: challenges() },
      signer: {
        keys: () => seat.keys,
        advance: () => void calls(id, life, 'advance the signer'),
        sign: (requests, done) => {
          if (!calls(id, life, 'sign')) return;
          for (const { key, bytes } of requests) {
            if (!seat.keys.includes(key)) throw new Error(`${id} has no key ${key}`);
            recordSigned(id, key, bytes);
          }
          after(0, () => done(requests.map(({ key, bytes }) => signatureOf(key, bytes))));
        },
      },
      verifier: {
        verify: (items, done) => {
          const valid = items.map(({ key, message, signature }) => isSignature(key, message, signature));
          after(0, () => done(valid));
        },
        verifyNow: (key, message, signature) => isSignature(toHex(key) as PublicKey, message, signature),
      },
      votes: {
        load: () => ({ incarnation: seat.incarnation, records: [...seat.records] }),
        persist: (records, done) => {
          requireInside(fence, records);
          write('persist', () => seat.records.push(...records), done);
        },
        prune: () => {},
        enterEpoch: (epoch, firstHeight) => {
          if (calls(id, life, 'fence')) fence = { epoch, firstHeight };
        },
        renounce: (done) => {
          const fresh = keyOf(`${id} fresh ${seat.incarnation}`).slice(0, 32) as Incarnation;
          const commit = (): void => {
            seat.incarnation = fresh;
            seat.records = [];
          };
          write('renounce', commit, () => done(fresh));
        },
      },
      blocks: {
        tip: () => tipOf(seat),
        append: (block, certificate, batch, envelopes, done) => {
          const { boundary, headerBytes } = block;
          const next = boundary.kind === 'handover' ? { nextValidators: boundary.next.validators } : {};
          const stored = { header: headerBytes, certificate, batch, envelopes, ...next };
          write(`append ${block.height}`, () => seat.blocks.push({ stored, block }), done);
        },
        read: (height) => seat.blocks[height - 1]?.stored,
        epochEnd: (epoch) => endOf(seat, epoch),
      },
      state: life.state,
      accepted: {
        load: () => [...seat.envelopes.values()],
        add: (transactions, done) => {
          const commit = (): void => {
            for (const { id: transaction, envelope } of transactions)
              seat.envelopes.set(transaction, envelope);
          };
          write('accept', commit, done);
        },
        remove: (gone) => {
          if (!life.isOver) for (const transaction of gone) seat.envelopes.delete(transaction);
        },
      },
      payloads: payloadsInMemory(seat.payloads, write),
      links: {
        open: () => peersOf(id),
        send: (to, frame) => {
          if (life.isOver || !isLinked(id, to)) return;
          later(1, () => {
            if (isLinked(id, to)) lives.get(to)!.node.received(id, frame);
          });
        },
      },
      log: {
        write: (_level, code, facts) => {
          if (!life.isOver) logged.push({ id, code, facts });
        },
      },
      stop: (code, facts) => {
        if (!allowedStops.has(code)) throw new Error(`${id} stops: ${code} ${JSON.stringify(facts)}`);
        stops.push({ id, code, facts });
        later(0, () => crash(id));
      },
    };
  }

  function tipOf({ blocks }: Seat): Tip {
    const last = blocks.at(-1);
    if (last === undefined) return { height: heightOf(0), hash: genesis.hash, header: genesis.header };
    const { block, stored } = last;
    return { height: block.height, hash: block.hash, header: block.header, certificate: stored.certificate };
  }

  function stateOf({ blocks }: Seat): StatePort {
    const entries = new Map<string, Uint8Array>();
    const nodes = new Map(genesis.nodes);
    putAll(entries, genesis.changes);
    let head = { height: heightOf(0), root: genesis.stateRoot, history: genesis.history };
    const apply = (block: ExecutedBlock): void => {
      putAll(entries, block.changes);
      putAll(nodes as Map<never, never>, block.nodes as ReadonlyMap<never, never>);
      head = { height: block.height, root: block.header.state, history: block.history };
    };
    for (const { block } of blocks) apply(block);
    return {
      get: (key) => entries.get(key),
      getNode: (path) => nodes.get(path),
      height: () => head.height,
      stateRoot: () => head.root,
      history: () => head.history,
      apply,
      certified: () => {},
    };
  }

  function start(name: string): void {
    const id = name as ValidatorId;
    const seat = seats.get(id)!;
    const life: { isOver: boolean; readonly state: StatePort; node?: Node } = {
      isOver: false,
      state: stateOf(seat),
    };
    life.node = createNode({ self: id, genesis, tuning }, portsOf(seat, life));
    lives.set(id, life as Life);
    for (const peer of peersOf(id)) {
      lives.get(peer)!.node.opened(id);
      life.node.opened(peer);
    }
  }

  function crash(name: string): void {
    const id = name as ValidatorId;
    const life = lives.get(id);
    if (life === undefined) return;
    const peers = peersOf(id);
    life.isOver = true;
    lives.delete(id);
    plans.delete(id);
    for (const peer of peers) lives.get(peer)!.node.closed(id);
  }

  function cut(name: string, isCut: boolean): void {
    const id = name as ValidatorId;
    const between = (told: 'opened' | 'closed'): void => {
      for (const peer of peersOf(id)) {
        lives.get(peer)!.node[told](id);
        lives.get(id)!.node[told](peer);
      }
    };
    if (isCut) between('closed');
    if (isCut) cuts.add(id);
    else cuts.delete(id);
    if (!isCut) between('opened');
  }

  function until(what: string, holds: () => boolean, withinMs = 60_000): void {
    const endMs = nowMs + withinMs;
    while (!holds()) {
      if (nowMs > endMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
      step();
    }
  }

  function transaction(sender: string, action: string, args: CborValue, lifeMs = 60_000): Transaction {
    nonces += 1;
    const key = keyOf(sender);
    const body = encodeTransactionBody({
      version: 1,
      network,
      sender: key,
      nonce: nonces.toString(16).padStart(32, '0') as Nonce,
      expiresAt: document.time + nowMs + lifeMs,
      action,
      args,
    });
    return decodeEnvelope(encodeEnvelope(body, signatureOf(key, transactionSigningBytes(network, body))));
  }

  const lifeOf = (id: string): Life => {
    const life = lives.get(id as ValidatorId);
    if (life === undefined) throw new Error(`${id} does not run`);
    return life;
  };
  const nodeOf = (id: string): Node => lifeOf(id).node;

  return {
    genesis,
    seats,
    signed,
    logged,
    stops,
    allowStop: (code) => allowedStops.add(code),
    node: nodeOf,
    start,
    crash,
    cut,
    skew: (id, aheadMs) => skewsMs.set(id as ValidatorId, aheadMs),
    plan: (id, planned) => {
      const names: string[] = [];
      plans.set(id as ValidatorId, { calls: names, crash: planned });
      return names;
    },
    isUp: (id) => lives.has(id as ValidatorId),
    until,
    run: (ms) => {
      const endMs = nowMs + ms;
      until(`${ms} ms`, () => nowMs >= endMs, ms + 60_000);
    },
    height: (id) => seats.get(id as ValidatorId)!.blocks.length,
    epoch: (id) => nodeOf(id).status().consensus?.epoch,
    mode: (id) => nodeOf(id).status().consensus?.mode,
    hash: (id, height) => seats.get(id as ValidatorId)!.blocks[height - 1]?.block.hash,
    state: (id) => lifeOf(id).state,
    transaction,
    submit: (id, one, ...payloads) => {
      const supplied = new Map(payloads.map((bytes) => [payloadDigest(bytes), bytes]));
      nodeOf(id).submit([one], () => undefined, undefined, supplied);
    },
    seat: (id) => seats.get(id as ValidatorId)!,
  };
}

function newSeat(id: ValidatorId, { validators }: GenesisDocument): Seat {
  const registered = validators.find((one) => one.id === id);
  return {
    id,
    incarnation: registered?.incarnation ?? (keyOf(`${id} store 1`).slice(0, 32) as Incarnation),
    records: [],
    blocks: [],
    keys: [keyOf(`${id} consensus`)],
    envelopes: new Map(),
    payloads: new Map(),
  };
}

const isSignature = (key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean =>
  toHex(signatureOf(key, message)) === toHex(signature);

const endOf = ({ blocks }: Seat, epoch: Epoch): StoredBlock | undefined =>
  blocks.find(({ block: { header } }) => header.epoch === epoch && header.nextEpoch !== epoch)?.stored;
