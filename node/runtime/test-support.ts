/** A small network for the tests of this room: known keys, a signature that is a digest, ports that remember. */
import { concatBytes, fromHex, toHex } from '../../shared/codec/hex.ts';
import {
  decodeEnvelope,
  decodeHeader,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import {
  type Height,
  heightOf,
  type IdentityId,
  type Incarnation,
  type MemberId,
  type Nonce,
  type PublicKey,
  type Signature,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import { defaultConsent } from '../../shared/types/governance.ts';
import type { GenesisDocument, Transaction } from '../../shared/types/ledger.ts';
import { defaultParameters, type NetworkParameters } from '../../shared/types/parameters.ts';
import type { Input } from '../consensus/types.ts';
import { buildGenesis, type Genesis } from '../ledger/genesis.ts';
import type { Arrivals } from './batches.ts';
import type { RuntimeContext } from './context.ts';
import { createEpochBook } from './epoch-book.ts';
import { createEpochTrail } from './epoch-trail.ts';
import { type PayloadRows, payloadsInMemory } from './payloads-in-memory.ts';
import type { RuntimePorts, StoredBlock, VoteRecord } from './ports.ts';
import { createRejections } from './rejections.ts';
import { defaultTuning } from './tuning.ts';
import type { LinkMessage } from './wire.ts';

export const ids = ['v1', 'v2', 'v3', 'v4'] as readonly string[] as readonly ValidatorId[];
export const startMs = 1_700_000_000_000;

export const keyOf = (name: string): PublicKey => toHex(sha256(toUtf8(name))) as PublicKey;

/** Two digests over key and message. */
export function signatureOf(key: PublicKey, message: Uint8Array): Signature {
  const first = sha256(concatBytes(fromHex(key), message));
  return concatBytes(first, sha256(first)) as Signature;
}
export const isSignatureOf = (key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean =>
  toHex(signatureOf(key, message)) === toHex(signature);

export const document: GenesisDocument = {
  version: 2,
  name: 'test',
  time: startMs,
  parameters: defaultParameters,
  members: [{ id: 'm' as MemberId, name: 'M' }],
  validators: ids.map((id, seat) => ({
    id,
    member: 'm' as MemberId,
    consensusKey: keyOf(id),
    nodeKey: keyOf(`${id} node`),
    address: `wss://127.0.0.1:${7101 + seat}`,
    gateway: `http://127.0.0.1:${8101 + seat}`,
    incarnation: keyOf(`${id} store`).slice(0, 32) as Incarnation,
  })),
  identities: [
    { id: 'client' as IdentityId, member: 'm' as MemberId, key: keyOf('client'), roles: ['submitter'] },
  ],
  ...defaultConsent,
};
export const genesis = buildGenesis(document);

let serial = 0;

export interface TransactionOptions {
  readonly expiresAt?: number;
  readonly nonce?: string;
  readonly signer?: string;
  /** Whose key the transaction names; the client's if absent. */
  readonly sender?: string;
  /** In the place of an append, whose arguments it keeps: for rooms that do not execute it. */
  readonly action?: string;
  /** That its event names. */
  readonly payload?: Uint8Array;
}

/** Appends one event; signed by the client unless said otherwise. */
export function transactionOf(options: TransactionOptions = {}): Transaction {
  serial += 1;
  const payload = options.payload && {
    digest: fromHex(payloadDigest(options.payload)),
    size: options.payload.length,
    erasable: true,
    recipients: [],
  };
  const event = { eventId: `e${serial}`, type: 't', data: serial, labels: {}, references: [] };
  const bytes = encodeTransactionBody({
    version: 1,
    network: genesis.network,
    sender: keyOf(options.sender ?? 'client'),
    nonce: (options.nonce ?? serial.toString(16).padStart(32, '0')) as Nonce,
    expiresAt: options.expiresAt ?? startMs + 60_000,
    action: options.action ?? 'streams.append',
    args: {
      stream: 's',
      expectedRevision: 'any',
      events: [{ ...event, ...(payload !== undefined && { payload }) }],
    },
  });
  const key = keyOf(options.signer ?? 'client');
  return decodeEnvelope(
    encodeEnvelope(bytes, signatureOf(key, transactionSigningBytes(genesis.network, bytes))),
  );
}

/** Unlike one another, and the same in each run. */
export function challenges(): (count: number) => Uint8Array {
  let given = 0;
  return (count) => {
    given += 1;
    return sha256(toUtf8(`challenge ${given}`)).slice(0, count);
  };
}

/** Ports whose completions happen when the test says so. */
export interface TestPorts {
  readonly ports: RuntimePorts;
  /** What was asked of the world, in order: `persist …`, `sign …`. */
  readonly asked: string[];
  readonly persisted: VoteRecord[];
  readonly accepted: Map<string, Uint8Array>;
  readonly payloads: PayloadRows;
  readonly stored: StoredBlock[];
  readonly logged: { readonly code: string; readonly facts: { readonly [name: string]: unknown } }[];
  /** Lets the oldest completion happen; false if none is open. */
  complete(): boolean;
  completeAll(): void;
  advance(ms: number): void;
}

export function createTestPorts(
  self: ValidatorId,
  open: readonly ValidatorId[] = ids,
  founded: Genesis = genesis,
): TestPorts {
  const asked: string[] = [];
  const persisted: VoteRecord[] = [];
  const accepted = new Map<string, Uint8Array>();
  const payloads: PayloadRows = new Map();
  const stored: StoredBlock[] = [];
  const logged: { code: string; facts: { readonly [name: string]: unknown } }[] = [];
  const completions: (() => void)[] = [];
  const timers: { atMs: number; run: () => void; off: boolean }[] = [];
  let nowMs = 0;
  let incarnation = keyOf(`${self} store`).slice(0, 32) as Incarnation;
  const entries = new Map<string, Uint8Array>();
  const nodes = new Map(founded.nodes);
  for (const [key, value] of founded.changes) if (value !== undefined) entries.set(key, value);
  let height: Height = heightOf(0);
  let root = founded.stateRoot;
  let history = founded.history;
  let tip: ReturnType<RuntimePorts['blocks']['tip']> = {
    height,
    hash: founded.hash,
    header: founded.header,
  };

  const ports: RuntimePorts = {
    clock: { monotonicMs: () => nowMs, wallMs: () => startMs + nowMs },
    timers: {
      after: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run, off: false };
        timers.push(timer);
        return () => {
          timer.off = true;
        };
      },
    },
    random: { unit: () => 0.5, bytes: challenges() },
    signer: {
      keys: () => [keyOf(self)],
      advance: ({ header }) => asked.push(`advance ${decodeHeader(header).epoch}`),
      sign: (requests, done) => {
        asked.push(`sign ${requests.length}`);
        completions.push(() => done(requests.map(({ key, bytes }) => signatureOf(key, bytes))));
      },
    },
    verifier: {
      verify: (items, done) => {
        asked.push(`verify ${items.length}`);
        completions.push(() =>
          done(items.map(({ key, message, signature }) => isSignatureOf(key, message, signature))),
        );
      },
    },
    votes: {
      load: () => ({ incarnation, records: persisted }),
      persist: (records, done) => {
        asked.push(`persist ${records.map((record) => record.kind).join(' ')}`);
        persisted.push(...records);
        completions.push(done);
      },
      prune: () => {},
      enterEpoch: (epoch, firstHeight) => asked.push(`fence ${epoch} ${firstHeight}`),
      renounce: (done) => {
        asked.push('renounce');
        completions.push(() => {
          persisted.length = 0;
          incarnation = keyOf(`${self} fresh store`).slice(0, 32) as Incarnation;
          done(incarnation);
        });
      },
    },
    blocks: {
      tip: () => tip,
      append: (block, certificate, batch, envelopes, done) => {
        asked.push(`append ${block.height}`);
        completions.push(() => {
          stored.push({ header: block.headerBytes, certificate, batch, envelopes });
          tip = { height: block.height, hash: block.hash, header: block.header, certificate };
          done();
        });
      },
      read: (at) => stored[at - 1],
      epochEnd: () => undefined,
    },
    state: {
      get: (key) => entries.get(key),
      getNode: (path) => nodes.get(path),
      height: () => height,
      stateRoot: () => root,
      history: () => history,
      apply: (block) => {
        for (const [key, value] of block.changes) {
          if (value === undefined) entries.delete(key);
          else entries.set(key, value);
        }
        for (const [path, node] of block.nodes) nodes.set(path, node);
        height = block.height;
        root = block.header.state;
        history = block.history;
      },
      certified: () => {},
    },
    accepted: {
      load: () => [...accepted.values()],
      add: (transactions, done) => {
        asked.push(`accept ${transactions.length}`);
        completions.push(() => {
          for (const { id, envelope } of transactions) accepted.set(id, envelope);
          done();
        });
      },
      remove: (removed) => {
        for (const id of removed) accepted.delete(id);
      },
    },
    payloads: payloadsInMemory(payloads, (what, commit, done) => {
      asked.push(what);
      completions.push(() => {
        commit();
        done();
      });
    }),
    links: { open: () => open.filter((id) => id !== self), send: () => {} },
    log: { write: (_level, code, facts) => logged.push({ code, facts }) },
    stop: (code) => asked.push(`stop ${code}`),
  };

  function complete(): boolean {
    const first = completions.shift();
    first?.();
    return first !== undefined;
  }
  function completeAll(): void {
    while (complete());
  }
  function advance(ms: number): void {
    const untilMs = nowMs + ms;
    for (;;) {
      const due = timers
        .filter((timer) => !timer.off && timer.atMs <= untilMs)
        .sort((one, other) => one.atMs - other.atMs)[0];
      if (due === undefined) break;
      due.off = true;
      nowMs = Math.max(nowMs, due.atMs);
      due.run();
    }
    nowMs = untilMs;
  }
  return { ports, asked, persisted, accepted, payloads, stored, logged, complete, completeAll, advance };
}

export interface TestContext extends TestPorts {
  readonly context: RuntimeContext;
  readonly fed: Input[];
  readonly sent: { readonly to: ValidatorId | 'all'; readonly message: LinkMessage }[];
}

/** A context without a loop: what rooms feed and send is remembered. */
/** Nothing that peers spread waits anywhere. */
export const noArrivals: Arrivals = { expedite: () => undefined, isInChecks: () => false };

export function createTestContext(
  self: ValidatorId = ids[0]!,
  open: readonly ValidatorId[] = ids,
  founded: Genesis = genesis,
): TestContext {
  const test = createTestPorts(self, open, founded);
  const fed: Input[] = [];
  const sent: { to: ValidatorId | 'all'; message: LinkMessage }[] = [];
  const epochs = createEpochBook({ network: founded.network, state: test.ports.state, height: heightOf(0) });
  const context: RuntimeContext = {
    network: founded.network,
    epochs,
    trail: createEpochTrail(founded.network, epochs),
    self,
    ports: test.ports,
    tuning: defaultTuning,
    feed: (input) => fed.push(input),
    wake: () => {},
    send: (to, message) => sent.push({ to, message }),
    broadcast: (message) => sent.push({ to: 'all', message }),
    spread: (message) => sent.push({ to: 'all', message }),
    reject: createRejections(test.ports).reject,
    certifiedHeight: () => test.ports.blocks.tip().height,
  };
  return { ...test, context, fed, sent };
}

/** The same, with other values of some parameters. */
export function withParameters(context: RuntimeContext, changed: Partial<NetworkParameters>): RuntimeContext {
  const current = context.epochs.current();
  const parameters = { ...current.parameters, ...changed };
  return { ...context, epochs: { ...context.epochs, current: () => ({ ...current, parameters }) } };
}
