/** A node joins by a snapshot although one of three peers lies about it (rules C2, C3). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Height, heightOf, type ValidatorId, zeroDigest } from '../../shared/types/brands.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import type { RuntimeContext } from '../runtime/context.ts';
import { createEpochBook } from '../runtime/epoch-book.ts';
import { createEpochTrail } from '../runtime/epoch-trail.ts';
import { createJoining, type Joining } from '../runtime/joining.ts';
import { createConduct } from '../runtime/peer-conduct.ts';
import type { RuntimePorts } from '../runtime/ports.ts';
import { createServing } from '../runtime/serving.ts';
import { defaultTuning } from '../runtime/tuning.ts';
import type { LinkMessage } from '../runtime/wire.ts';
import type { Storage } from './storage.ts';
import {
  collectingLog,
  exampleGenesis,
  openExample,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

const [v1, v2, v3, v4] = ['v1', 'v2', 'v3', 'v4'] as readonly string[] as readonly [
  ValidatorId,
  ValidatorId,
  ValidatorId,
  ValidatorId,
];
const snapshots = { everyBlocks: 4, keep: 2 };
const blocks = 6;

/** What is sent instead; nothing, or several messages, if it says so. */
type Lie = (answer: LinkMessage) => LinkMessage | readonly LinkMessage[] | undefined;

interface Trial {
  readonly joining: Joining;
  readonly log: ReturnType<typeof collectingLog>;
  readonly halted: string[];
  /** Rule, peer and what it did. */
  readonly blames: readonly string[];
  /** Lets answers travel and time pass until nothing happens any more. */
  run(stepsMax?: number): void;
}

/** Whether verifying seals takes a while, as it does on a worker. */
interface TrialOptions {
  readonly slowSeals?: boolean;
}

let source: TemporaryDirectory;
let target: TemporaryDirectory;
let storage: Storage;
let fresh: Storage;

beforeEach(async () => {
  source = temporaryDirectory();
  target = temporaryDirectory();
  storage = openExample(source.path, { snapshots });
  for (let height = 1; height <= blocks; height += 1) {
    const transactions = Array.from({ length: 5 }, (_, index) =>
      transactionOf(exampleGenesis, 'streams.append', appendOf(`s${index}`, `e${height}`, 'any', 'x')),
    );
    await runBlock(storage, transactions, startTime + height * 1_000);
  }
  storage.snapshots.settle();
  fresh = openExample(target.path, { snapshots });
});
afterEach(() => {
  fresh.close();
  storage.close();
  source.remove();
  target.remove();
});

/** `order`: who is asked first. Seals hold unless their signature begins with 0xff. */
function trial(
  liar: ValidatorId,
  lie: Lie,
  order: readonly ValidatorId[] = [liar, v1, v2],
  { slowSeals = false }: TrialOptions = {},
): Trial {
  const log = collectingLog();
  const halted: string[] = [];
  const blames: string[] = [];
  const waiting: (() => void)[] = [];
  const timers: { atMs: number; run: () => void; isOff: boolean }[] = [];
  let nowMs = 0;
  const bookOf = ({ state, blocks: { tip } }: Storage) =>
    createEpochBook({ network: exampleGenesis.network, state, height: tip().height });
  const contextOf = (self: ValidatorId, own: Storage, send: RuntimeContext['send']): RuntimeContext => ({
    network: exampleGenesis.network,
    epochs: bookOf(own),
    trail: createEpochTrail(exampleGenesis.network, bookOf(own)),
    self,
    ports: {
      clock: { monotonicMs: () => nowMs, wallMs: () => startTime },
      timers: {
        after(delayMs, run) {
          const timer = { atMs: nowMs + delayMs, run, isOff: false };
          timers.push(timer);
          return () => {
            timer.isOff = true;
          };
        },
      },
      links: { open: () => order, send: () => undefined },
      log,
      blocks: own.blocks,
      snapshots: own.snapshots,
    } as Partial<RuntimePorts> as RuntimePorts,
    tuning: { ...defaultTuning, snapshotDistance: 2 },
    feed: () => undefined,
    wake: () => undefined,
    reject: (_code, peer, rule, _reason, facts) => {
      blames.push(`${rule} ${peer} ${facts?.misconduct}`);
    },
    send,
    spread: () => undefined,
    broadcast: (message) => {
      for (const peer of order) send(peer, message);
    },
    certifiedHeight: () => own.blocks.tip().height,
  });

  function deliver(from: ValidatorId, answer: LinkMessage): void {
    if (answer.type === 'snapshots') joining.offered(from, answer.offers);
    if (answer.type === 'manifest') joining.manifest(from, answer.manifest, answer.bytes, answer.certificate);
    if (answer.type === 'part') joining.part(from, answer.manifest, answer.piece, answer.part, answer.bytes);
    if (answer.type === 'headers') joining.headers(from, answer.from, answer.headers);
  }

  function ask(peer: ValidatorId, question: LinkMessage): void {
    const serving = createServing(
      contextOf(peer, storage, (_, answer) => {
        const said = peer === liar ? lie(answer) : answer;
        for (const message of said === undefined ? [] : [said].flat())
          waiting.push(() => deliver(peer, message));
      }),
      { get: () => undefined },
      undefined as never,
    );
    if (question.type === 'get-snapshots') serving.snapshots(v4);
    if (question.type === 'get-manifest') serving.manifest(v4, question.manifest);
    if (question.type === 'get-part') serving.part(v4, question.manifest, question.piece, question.part);
    if (question.type === 'get-headers') serving.headers(v4, question.from, question.count);
  }

  const context = contextOf(v4, fresh, ask);
  const conduct = createConduct(context);
  const joining = createJoining(context, {
    snapshots: fresh.snapshots,
    lane: {
      submit: (checks, done) => {
        const judge = (): void => done(checks.every((check) => check.item().signature[0] !== 0xff));
        if (slowSeals) waiting.push(judge);
        else judge();
      },
    },
    conduct,
    ownHeight: () => fresh.blocks.tip().height,
    resumeBlocks: () => halted.push('blocks'),
    halt: (code) => halted.push(code),
  });

  function run(stepsMax = 2_000): void {
    for (let step = 0; step < stepsMax && halted.length === 0; step += 1) {
      const answer = waiting.shift();
      if (answer !== undefined) {
        answer();
        continue;
      }
      const due = timers.filter(({ isOff }) => !isOff).sort((one, other) => one.atMs - other.atMs)[0];
      if (due === undefined) return;
      due.isOff = true;
      nowMs = Math.max(nowMs, due.atMs);
      due.run();
    }
  }

  return { joining, log, halted, blames, run };
}

function expectJoined(height = 4): void {
  fresh.close();
  fresh = openExample(target.path, { snapshots });
  expect(fresh.blocks.tip().height).toBe(height);
  expect(fresh.state.stateRoot()).toBe(storage.queries.block(heightOf(height))!.header.state);
}

const flipped = (bytes: Uint8Array): Uint8Array =>
  bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1);

describe('joining by a snapshot among liars', () => {
  it('takes it from those who have it, and starts again on top of it', () => {
    const { joining, halted, blames, run } = trial(v3, (answer) => answer);
    expect(joining.consider(heightOf(blocks), false)).toBe(true);
    run();
    expect(halted).toEqual(['snapshot-complete']);
    expect(blames).toEqual([]);
    expectJoined();
  });

  const secondOf = [v1, v3, v2];
  it.each<[string, string, Lie, (readonly ValidatorId[])?]>([
    ['stays silent', 'stalled', (answer) => (answer.type === 'snapshots' ? answer : undefined)],
    [
      'has no manifest of what it offered',
      'withdrew',
      (answer) =>
        answer.type === 'manifest'
          ? { type: 'manifest', manifest: answer.manifest, bytes: new Uint8Array(0) }
          : answer,
    ],
    [
      'sends another manifest',
      'junk',
      (answer) => (answer.type === 'manifest' ? { ...answer, bytes: flipped(answer.bytes) } : answer),
    ],
    [
      'sends a manifest with a forged certificate',
      'junk',
      (answer) =>
        answer.type === 'manifest' && answer.certificate !== undefined
          ? { ...answer, certificate: forged(answer.certificate) }
          : answer,
    ],
    [
      'sends headers of other blocks',
      'junk',
      (answer) =>
        answer.type === 'headers' ? { ...answer, headers: [...answer.headers].reverse() } : answer,
    ],
    [
      'sends too few headers',
      'junk',
      (answer) => (answer.type === 'headers' ? { ...answer, headers: answer.headers.slice(1) } : answer),
    ],
    [
      'sends headers with forged seals',
      'junk',
      (answer) =>
        answer.type === 'headers'
          ? {
              ...answer,
              headers: answer.headers.map(({ header, certificate }) => ({
                header,
                certificate: forged(certificate),
              })),
            }
          : answer,
    ],
    [
      'sends changed leaves',
      'junk',
      (answer) =>
        answer.type === 'part' && answer.part === 0 ? { ...answer, bytes: flipped(answer.bytes) } : answer,
      secondOf,
    ],
    [
      'sends changed entries of a leaf',
      'junk',
      (answer) =>
        answer.type === 'part' && answer.part > 0 ? { ...answer, bytes: flipped(answer.bytes) } : answer,
      secondOf,
    ],
    [
      'sends another part',
      'junk',
      (answer) => (answer.type === 'part' ? { ...answer, part: answer.part + 1 } : answer),
      secondOf,
    ],
    [
      'no longer has a piece',
      'withdrew',
      (answer) => (answer.type === 'part' ? { ...answer, bytes: new Uint8Array(0) } : answer),
      secondOf,
    ],
    [
      'stops in the middle of a piece',
      'stalled',
      (answer) => (answer.type === 'part' && answer.part > 0 ? undefined : answer),
      secondOf,
    ],
  ])('a peer that %s is put aside and reported', (_, reason, lie, order) => {
    const { joining, halted, blames, run } = trial(v3, lie, order);
    joining.consider(heightOf(blocks), false);
    run();
    expect(halted).toEqual(['snapshot-complete']);
    expect(new Set(blames)).toEqual(new Set([`C3 v3 ${reason}`]));
    expectJoined();
  });

  it('a snapshot that one peer alone offers is not taken', () => {
    const higher: Lie = (answer) =>
      answer.type === 'snapshots'
        ? { ...answer, offers: [{ height: heightOf(1_000), manifest: zeroDigest }] }
        : answer;
    const { joining, halted, run } = trial(v3, higher);
    joining.consider(heightOf(blocks), false);
    run();
    expect(halted).toEqual(['snapshot-complete']);
    expectJoined();
  });

  it('a peer that answers twice while its seals are being verified loses no task', async () => {
    const manyBlocks = 160;
    for (let height = blocks + 1; height <= manyBlocks; height += 1) {
      await runBlock(storage, [], startTime + height * 1_000);
      storage.snapshots.settle();
    }
    const twice: Lie = (answer) => (answer.type === 'headers' ? [answer, answer] : answer);
    const { joining, halted, run } = trial(v1, twice, [v1, v2], { slowSeals: true });
    joining.consider(heightOf(manyBlocks), false);
    run();
    expect(halted).toEqual(['snapshot-complete']);
    expectJoined(manyBlocks);
  });

  it('a peer that offers the snapshot of the others for another height does not hide it', () => {
    const otherHeight: Lie = (answer) =>
      answer.type === 'snapshots'
        ? { ...answer, offers: answer.offers.map(({ manifest }) => ({ height: heightOf(5), manifest })) }
        : answer;
    const { joining, halted, run } = trial(v3, otherHeight);
    joining.consider(heightOf(blocks), false);
    run();
    expect(halted).toEqual(['snapshot-complete']);
    expectJoined();
  });

  it('goes on after a kill with what it has', () => {
    const honest: Lie = (answer) => answer;
    const order = [v1, v2, v3];
    const first = trial(v1, honest, order);
    first.joining.consider(heightOf(blocks), false);
    // Three offers, the end of waiting for more, the manifest, the headers.
    first.run(6);
    fresh.close();
    fresh = openExample(target.path, { snapshots });
    const begun = fresh.snapshots.unfinished();
    expect([begun?.isDone('headers', 0), begun?.isDone('piece', 0)]).toEqual([true, false]);
    const questions: string[] = [];
    const note: Lie = (answer) => {
      questions.push(answer.type);
      return answer;
    };
    const second = trial(v1, note, order);
    second.joining.consider(heightOf(blocks), false);
    second.run();
    expect(questions).not.toContain('headers');
    expect(second.halted).toEqual(['snapshot-complete']);
    expectJoined();
  });

  it('fetches blocks if nobody has a snapshot', () => {
    for (const { height } of storage.snapshots.offers()) expect(height).toBe(4 as Height);
    const { joining, halted, run } = trial(v3, () => undefined, [v3]);
    expect(joining.consider(heightOf(blocks), false)).toBe(false);
    const none: Lie = (answer) => (answer.type === 'snapshots' ? { ...answer, offers: [] } : answer);
    const alone = trial(v3, none, [v3, v1]);
    alone.joining.consider(heightOf(blocks), false);
    alone.run();
    run();
    expect(alone.halted).toEqual(['blocks']);
    expect(halted).toEqual([]);
  });
});

type Sealed = Extract<LinkMessage, { type: 'headers' }>['headers'][number]['certificate'];

function forged(certificate: Sealed): Sealed {
  const seals = certificate.seals.map(({ validator, signature }) => {
    const changed = signature.slice() as typeof signature;
    changed[0] = 0xff;
    return { validator, signature: changed };
  });
  return { ...certificate, seals };
}
