/**
 * One life of a replica, from start to crash: the product's node with simulated ports. After a crash nothing that
 * this life began has an effect any more; what its disk had in hand is kept or lost by chance.
 */
import { toHex } from '../../shared/codec/hex.ts';
import {
  type Height,
  heightOf,
  type Incarnation,
  type PublicKey,
  type TransactionId,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Certificate, Transaction } from '../../shared/types/ledger.ts';
import type { ExecutedBlock, StateView } from '../ledger/types.ts';
import { createNode, type Node } from '../runtime/node.ts';
import { payloadsInMemory } from '../runtime/payloads-in-memory.ts';
import type {
  AcceptedStorePort,
  BlockStorePort,
  RuntimePorts,
  StatePort,
  VoteRecord,
  VoteStorePort,
} from '../runtime/ports.ts';
import { type Fence, requireInside } from '../runtime/vote-records.ts';
import type { ReplicaClock } from './clock.ts';
import {
  advanceCheckpoint,
  appendBlock,
  applyAll,
  type Disk,
  pruneRecords,
  readBlock,
  tipOf,
} from './disk.ts';
import type { Founding } from './founding.ts';
import { signKeyed, verifyKeyed } from './keyed-hash.ts';
import type { NetworkPort } from './network.ts';
import type { World } from './world.ts';

/** Where a planned crash strikes: nothing written; written and not confirmed; confirmed, and nothing signed. */
export const crashPoints = [
  'before-persist',
  'before-done',
  'before-sign',
  'before-append',
  'before-appended',
  'before-accept',
  'before-accepted',
] as const;
/** Where payloads travel, too. */
export const payloadCrashPoints = ['before-payloads', 'before-payloads-done'] as const;
export type CrashPoint = (typeof crashPoints)[number] | (typeof payloadCrashPoints)[number];

/** Slow enough that what happens at once shares a write, as under load. */
const calmFsyncMaxMs = 6;

export interface LifeEvents {
  /** Its node is about to be handed something: what it holds may change until the step ends. */
  stirred(id: ValidatorId): void;
  /** Bytes are about to be signed with this key. */
  signing(id: ValidatorId, key: PublicKey, message: Uint8Array): void;
  /** Votes and seals up to this height may leave the vote store. */
  pruning(id: ValidatorId, height: Height): void;
  appended(id: ValidatorId, block: ExecutedBlock, certificate: Certificate): void;
  logged(id: ValidatorId, level: string, code: string, facts: { readonly [name: string]: unknown }): void;
  /** A planned crash has struck. */
  crashed(id: ValidatorId, point: CrashPoint): void;
  stopped(id: ValidatorId, code: string, facts: { readonly [name: string]: unknown }): void;
}

export interface Life {
  readonly node: Node;
  /** After its highest executed block. */
  readonly state: StateView;
  /** Its seat knows it now: what asked for its end while it was made, such as a full disk, is told. */
  seated(): void;
  /** The next write of votes ends this life there. */
  crashAt(point: CrashPoint): void;
  crash(): void;
}

export interface LifeConfig {
  readonly world: World;
  readonly founding: Founding;
  readonly network: NetworkPort;
  readonly disk: Disk;
  readonly id: ValidatorId;
  /** Consensus keys that its signer holds, more of them as it makes more. */
  readonly keys: readonly PublicKey[];
  readonly clock: ReplicaClock;
  readonly events: LifeEvents;
}

/** Confirmed in the order in which they were handed in. */
interface Write {
  readonly commit: () => void;
  /** What a power failure in the middle of it leaves behind. */
  readonly tear?: () => void;
  readonly done: () => void;
  isReady: boolean;
}

export function startLife(config: LifeConfig): Life {
  const { world, founding, network, disk, id, keys, clock, events } = config;
  const { queue, prng, settings } = world;
  /** Writes that are not durable yet, oldest first; each kind of store is a queue of its own. */
  const inHand: Write[][] = settings.payloadShare > 0 ? [[], [], [], []] : [[], [], []];
  let isAlive = true;
  let isSeated = false;
  /** Why it must end: what asked first. */
  let end: { readonly code: string; readonly facts: { readonly [name: string]: unknown } } | undefined;
  let planned: CrashPoint | undefined;

  /** Calls back later, if this life goes on. */
  function later(delayMs: number, run: () => void): () => void {
    const event = queue.after(clock.virtualMs(delayMs), () => {
      if (!isAlive) return;
      events.stirred(id);
      run();
    });
    return () => {
      event.cancelled = true;
    };
  }

  function crash(): void {
    if (!isAlive) return;
    isAlive = false;
    if (!prng.chance(settings.unsyncedLost)) keepSome();
    else if (inHand.some((writes) => writes.length > 0)) world.meet('all unconfirmed writes lost');
    network.leave(id);
    const certified = tipOf(disk, founding.genesis).height;
    advanceCheckpoint(
      disk,
      (disk.checkpoint.height + prng.below(certified - disk.checkpoint.height + 1)) as Height,
    );
  }

  /** What was in hand is durable up to some point, in the order in which it was written. */
  function keepSome(): void {
    for (const writes of inHand) {
      const kept = prng.below(writes.length + 1);
      for (const write of writes.slice(0, kept)) write.commit();
      const torn = settings.tornWrites ? writes[kept]?.tear : undefined;
      torn?.();
      if (torn !== undefined) world.meet('write torn');
      else if (kept < writes.length) world.meet('write lost');
    }
  }

  /** Nobody could end a life that is still being made: what asks for its end then waits until it is seated. */
  function stop(code: string, facts: { readonly [name: string]: unknown }): void {
    if (end !== undefined) return;
    end = { code, facts };
    tellEnd();
  }

  function tellEnd(): void {
    if (end !== undefined && isSeated && isAlive) events.stopped(id, end.code, end.facts);
  }

  function strike(point: CrashPoint): boolean {
    if (planned !== point || !world.hostile) return false;
    world.meet(`crash ${point}`);
    events.crashed(id, point);
    return true;
  }

  /** Once one has failed nothing is written any more, as in storage: else a block would stand above a gap. */
  function write(store: number, commit: () => void, done: () => void, tear?: () => void): void {
    if (end !== undefined) return;
    if (disk.health.isFull) {
      world.meet('write on a full disk');
      stop('disk-full', {});
      return;
    }
    const writes = inHand[store]!;
    const entry: Write = { commit, done, isReady: false, ...(tear === undefined ? {} : { tear }) };
    writes.push(entry);
    const delayMs =
      disk.health.slowMs + prng.between(0.2, world.hostile ? settings.fsyncMaxMs : calmFsyncMaxMs);
    later(delayMs, () => {
      entry.isReady = true;
      while (isAlive && writes[0]?.isReady === true) {
        const first = writes.shift()!;
        first.commit();
        first.done();
      }
    });
  }

  let prunedTo = heightOf(0);
  let durablyPrunedTo = heightOf(0);
  let fence: Fence | undefined;
  const votes: VoteStorePort = {
    load: () => ({ incarnation: disk.incarnation, records: disk.records }),
    persist: (records: readonly VoteRecord[], done) => {
      if (!isAlive || strike('before-persist')) return;
      requireInside(fence, records);
      const height = prunedTo;
      const commit = (): void => {
        disk.records.push(...records);
        if (height > durablyPrunedTo) disk.records = pruneRecords(disk.records, height);
        durablyPrunedTo = height;
      };
      world.trace(() => `${id} persists ${records.map(nameOf).join(', ')}`);
      const confirm = (): void => {
        if (!strike('before-done')) done();
      };
      const tear = (): void => {
        disk.records.push(...records.slice(0, prng.below(records.length)));
      };
      write(0, commit, confirm, tear);
    },
    prune: (height) => {
      if (isAlive) events.pruning(id, height);
      prunedTo = height;
    },
    enterEpoch: (epoch, firstHeight) => {
      fence = { epoch, firstHeight };
    },
    renounce: (done) => {
      if (!isAlive) return;
      const fresh = Array.from({ length: 32 }, () => prng.below(16).toString(16)).join('') as Incarnation;
      const commit = (): void => {
        disk.incarnation = fresh;
        disk.records = [];
      };
      write(0, commit, () => done(fresh));
    },
  };

  const blocks: BlockStorePort = {
    tip: () => tipOf(disk, founding.genesis),
    append: (block, certificate, batch, envelopes, done) => {
      if (!isAlive) return;
      events.appended(id, block, certificate);
      world.trace(() => `${id} appends block ${block.height} with ${block.ran.length} transactions`);
      const { boundary } = block;
      const next = boundary.kind === 'handover' ? { nextValidators: boundary.next.validators } : {};
      const stored = { header: block.headerBytes, certificate, batch, envelopes, ...next };
      if (strike('before-append')) return;
      write(
        1,
        () => appendBlock(disk, { stored, block }),
        () => {
          if (!strike('before-appended')) done();
        },
      );
    },
    read: (height) => readBlock(disk, height),
    epochEnd: (epoch) =>
      disk.blocks.find(({ block: { header } }) => header.epoch === epoch && header.nextEpoch !== epoch)
        ?.stored,
  };

  const accepted: AcceptedStorePort = {
    load: () => [...disk.accepted.values()],
    add: (transactions: readonly Transaction[], done) => {
      if (!isAlive || strike('before-accept')) return;
      const commit = (): void => {
        for (const { id: transaction, envelope } of transactions) disk.accepted.set(transaction, envelope);
      };
      write(2, commit, () => {
        if (!strike('before-accepted')) done();
      });
    },
    remove: (ids: readonly TransactionId[]) => {
      if (isAlive) for (const transaction of ids) disk.accepted.delete(transaction);
    },
  };

  const payloads = payloadsInMemory(disk.payloads, (_what, commit, done) => {
    if (!isAlive || strike('before-payloads')) return;
    write(3, commit, () => {
      if (!strike('before-payloads-done')) done();
    });
  });

  const state = createState(disk);
  const ports: RuntimePorts = {
    clock,
    timers: { after: later },
    random: { unit: prng.unit, bytes: (count) => Uint8Array.from({ length: count }, () => prng.below(256)) },
    signer: {
      keys: () => keys,
      advance: () => {},
      sign: (requests, done) => {
        const messages = requests.map(({ bytes }) => bytes);
        if (!isAlive || (planned === 'before-sign' && !messages.every(isHeartbeat) && strike('before-sign')))
          return;
        for (const { key, bytes } of requests) {
          if (!keys.includes(key)) throw new Error(`${id} has no key ${key}`);
          events.signing(id, key, bytes);
        }
        const signatures = requests.map(({ key, bytes }) => signKeyed(key, bytes));
        answer(() => done(signatures));
      },
    },
    verifier: {
      verify: (items, done) => {
        const valid = items.map((item) => verifyKeyed(item.key, item.message, item.signature));
        answer(() => done(valid));
      },
      verifyNow: (signer, message, signature) => verifyKeyed(toHex(signer) as PublicKey, message, signature),
    },
    votes,
    blocks,
    state,
    accepted,
    payloads,
    links: {
      open: () => (isAlive ? network.open(id) : []),
      send: (to, frame) => {
        if (isAlive) network.send(id, to, frame);
      },
    },
    log: {
      write: (level, code, facts) => {
        if (isAlive) events.logged(id, level, code, facts);
      },
    },
    reader: world.reader,
    stop,
  };

  /** One that cannot start, such as on a damaged block, leaves nothing behind that goes on. */
  function openNode(): Node {
    try {
      return createNode({ self: id, genesis: founding.genesis, tuning: settings.tuning }, ports);
    } catch (error) {
      crash();
      throw error;
    }
  }

  function answer(run: () => void): void {
    if (settings.cryptoIsSlow) later(prng.between(0, 1), run);
    else run();
  }

  events.stirred(id);
  const node = stirring(openNode(), () => events.stirred(id));
  network.join(id, node);
  return {
    node,
    state,
    seated: () => {
      isSeated = true;
      tellEnd();
    },
    crashAt: (point) => {
      planned = point;
    },
    crash,
  };
}

/** The node, with all that others hand it announced. */
const stirring = (node: Node, stirred: () => void): Node => ({
  ...node,
  opened: (peer) => {
    stirred();
    node.opened(peer);
  },
  closed: (peer) => {
    stirred();
    node.closed(peer);
  },
  received: (from, frame) => {
    stirred();
    node.received(from, frame);
  },
  submit: (...submission) => {
    stirred();
    node.submit(...submission);
  },
});

/** Of all that a validator signs these alone rest on nothing that is written: `concordat/heartbeat/…` */
export const isHeartbeat = (message: Uint8Array): boolean =>
  message['concordat/'.length] === 'h'.charCodeAt(0);

/** State in memory, from the checkpoint on. */
function createState({ checkpoint }: Disk): StatePort {
  const entries = new Map(checkpoint.entries);
  const nodes = new Map(checkpoint.nodes);
  let { height, root, history } = checkpoint;
  return {
    get: (key) => entries.get(key),
    getNode: (path) => nodes.get(path),
    height: () => height,
    stateRoot: () => root,
    history: () => history,
    apply: (block) => {
      applyAll(entries, block.changes);
      applyAll(nodes, block.nodes);
      height = block.height;
      root = block.header.state;
      history = block.history;
    },
    certified: () => {},
  };
}

function nameOf(record: VoteRecord): string {
  switch (record.kind) {
    case 'vote':
      return `${record.vote.kind} ${record.vote.view}/${record.vote.sequence}`;
    case 'view-change':
    case 'new-view':
      return `${record.kind} ${record.message.vote.view}`;
    case 'seal':
    case 'ordered':
      return `${record.kind} ${record.height}`;
    case 'prepared':
      return `prepared ${record.certificate.view}/${record.certificate.sequence}`;
    case 'batch':
      return `batch of ${record.batch.ids.length}`;
  }
}
