/** A snapshot of a later epoch than any that is known here: headers lead to the set that sealed it (rules C1, C2, E2). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../shared/codec/hex.ts';
import { decodeHeader, encodeHeader, headerHash } from '../../shared/codec/ledger.ts';
import { epochOf, heightOf, type PublicKey, type ValidatorId } from '../../shared/types/brands.ts';
import type { Batch } from '../../shared/types/ledger.ts';
import {
  type Consortium,
  certificateOf,
  consortiumDocument,
  createConsortium,
  remove,
  signatureOf,
} from '../ledger/epoch-test-support.ts';
import { startTime } from '../ledger/test-support.ts';
import type { RuntimeContext } from '../runtime/context.ts';
import { createEpochBook } from '../runtime/epoch-book.ts';
import { createEpochTrail } from '../runtime/epoch-trail.ts';
import { createJoining } from '../runtime/joining.ts';
import { createConduct } from '../runtime/peer-conduct.ts';
import type { CertifiedHeader, RuntimePorts } from '../runtime/ports.ts';
import { createServing } from '../runtime/serving.ts';
import { createSignatureCache } from '../runtime/signatures.ts';
import { defaultTuning } from '../runtime/tuning.ts';
import { createVoteLane } from '../runtime/verification.ts';
import type { LinkMessage } from '../runtime/wire.ts';
import type { Storage } from './storage.ts';
import { collectingLog, openExample, type TemporaryDirectory, temporaryDirectory } from './test-support.ts';

const document = consortiumDocument(6);
const self = 'v4' as ValidatorId;
const peers = ['v1', 'v2', 'v3'] as readonly string[] as readonly ValidatorId[];
const snapshotHeight = 300;
const snapshots = { everyBlocks: snapshotHeight, keep: 1 };

type Lie = (answer: LinkMessage) => LinkMessage;

let net: Consortium;
let source: TemporaryDirectory;
let target: TemporaryDirectory;
let storage: Storage;
let fresh: Storage;

const open = (directory: TemporaryDirectory): Storage =>
  openExample(directory.path, { snapshots, genesis: net.genesis });

beforeEach(async () => {
  source = temporaryDirectory();
  target = temporaryDirectory();
  net = createConsortium(document);
  // Epoch 1 begins within the first range of headers, epoch 2 within the second.
  net.block([net.decide([remove('v6')])]);
  net.upTo(150);
  net.block([net.decide([remove('v5')])]);
  net.upTo(snapshotHeight + 2);
  storage = open(source);
  await fill(storage);
  storage.snapshots.settle();
  fresh = open(target);
});
afterEach(() => {
  fresh.close();
  storage.close();
  source.remove();
  target.remove();
});

async function fill({ state, blocks }: Storage): Promise<void> {
  let validators = document.validators;
  for (const block of net.blocks) {
    const batch: Batch = { time: block.header.time, proposer: 'v1' as ValidatorId, ids: idsOf(block.ran) };
    const envelopes = block.ran.map(({ transaction }) => transaction.envelope);
    const certificate = certificateOf(block, validators);
    state.apply(block);
    await new Promise<void>((done) => blocks.append(block, certificate, batch, envelopes, done));
    state.certified(block.height);
    if (block.boundary.kind === 'handover') validators = block.boundary.next.validators;
  }
}

const idsOf = (ran: Consortium['blocks'][number]['ran']) => ran.map(({ transaction }) => transaction.id);

function join(liar?: ValidatorId, lie: Lie = (answer) => answer) {
  const waiting: (() => void)[] = [];
  const timers: { atMs: number; run: () => void; isOff: boolean }[] = [];
  const halted: string[] = [];
  const blames: string[] = [];
  const asked: LinkMessage[] = [];
  let nowMs = 0;
  const { network } = net.genesis;

  function contextOf(id: ValidatorId, own: Storage, send: RuntimeContext['send']): RuntimeContext {
    const epochs = createEpochBook({ network, state: own.state, height: own.blocks.tip().height });
    return {
      network,
      epochs,
      trail: createEpochTrail(network, epochs),
      self: id,
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
        links: { open: () => peers, send: () => undefined },
        log: collectingLog(),
        blocks: own.blocks,
        snapshots: own.snapshots,
      } as Partial<RuntimePorts> as RuntimePorts,
      tuning: { ...defaultTuning, snapshotDistance: 2 },
      feed: () => undefined,
      wake: () => undefined,
      reject: (_code, peer, _rule, reason) => void blames.push(`${peer} ${reason}`),
      send,
      spread: () => undefined,
      broadcast: (message) => {
        for (const peer of peers) send(peer, message);
      },
      certifiedHeight: () => own.blocks.tip().height,
    };
  }

  function deliver(from: ValidatorId, answer: LinkMessage): void {
    if (answer.type === 'snapshots') joining.offered(from, answer.offers);
    if (answer.type === 'manifest') joining.manifest(from, answer.manifest, answer.bytes, answer.certificate);
    if (answer.type === 'part') joining.part(from, answer.manifest, answer.piece, answer.part, answer.bytes);
    if (answer.type === 'headers') joining.headers(from, answer.from, answer.headers);
  }

  function ask(peer: ValidatorId, question: LinkMessage): void {
    asked.push(question);
    const answering = contextOf(peer, storage, (_, answer) => {
      const said = peer === liar ? lie(answer) : answer;
      waiting.push(() => deliver(peer, said));
    });
    const serving = createServing(answering, { get: () => undefined }, undefined as never);
    if (question.type === 'get-snapshots') serving.snapshots(self);
    if (question.type === 'get-manifest') serving.manifest(self, question.manifest);
    if (question.type === 'get-part') serving.part(self, question.manifest, question.piece, question.part);
    if (question.type === 'get-headers') serving.headers(self, question.from, question.count);
  }

  const context = contextOf(self, fresh, ask);
  const verifier: RuntimePorts['verifier'] = {
    verify: (items, done) =>
      void waiting.push(() =>
        done(items.map(({ key, message, signature }) => isSignature(key, message, signature))),
      ),
  };
  const joining = createJoining(context, {
    snapshots: fresh.snapshots,
    lane: createVoteLane(verifier, createSignatureCache(10_000)),
    conduct: createConduct(context),
    ownHeight: () => fresh.blocks.tip().height,
    resumeBlocks: () => halted.push('blocks'),
    halt: (code) => halted.push(code),
  });

  function run(stepsMax = 20_000): void {
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
  joining.consider(heightOf(snapshotHeight + 2), false);
  return { joining, halted, blames, asked, run };
}

const isSignature = (key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean =>
  toHex(signatureOf(key, message)) === toHex(signature);

function expectJoined(): void {
  fresh.close();
  fresh = open(target);
  const { blocks, state } = fresh;
  expect(blocks.tip().height).toBe(snapshotHeight);
  expect(state.stateRoot()).toBe(storage.queries.block(heightOf(snapshotHeight))!.header.state);
  const book = createEpochBook({ network: net.genesis.network, state, height: blocks.tip().height });
  expect([book.current().epoch, book.previous()?.epoch]).toEqual([2, 1]);
  expect(book.current().validators.map(({ id }) => id)).toEqual(['v1', 'v2', 'v3', 'v4']);
  for (const epoch of [0, 1])
    expect(blocks.epochEnd(epochOf(epoch))).toEqual(storage.blocks.epochEnd(epochOf(epoch)));
}

describe('joining over epochs', () => {
  it('follows the hand-overs in the headers to the set that sealed the snapshot, and takes state after them', () => {
    const { halted, blames, asked, run } = join();
    run();
    expect([halted, blames]).toEqual([['snapshot-complete'], []]);
    const ends = asked.flatMap((question, at) => (question.type === 'get-headers' ? [at] : []));
    const pieces = asked.findIndex(({ type }) => type === 'get-part');
    expect(Math.max(...ends)).toBeLessThan(pieces);
    expectJoined();
  });

  it('goes on where a kill left it, with the sets that it had learnt', () => {
    const first = join();
    // Each range was asked for once; then one at a time, the lowest first.
    while (first.asked.filter(({ type }) => type === 'get-headers').length < 4) first.run(1);
    expect(first.halted).toEqual([]);
    fresh.close();
    fresh = open(target);
    const known = fresh.snapshots.unfinished();
    expect(known?.isDone('headers', 0)).toBe(true);
    expect(known?.handOvers().map(({ header }) => header.nextEpoch)).toContain(1);
    const second = join();
    second.run();
    expect(second.halted).toEqual(['snapshot-complete']);
    expect(second.asked).not.toContainEqual({ type: 'get-headers', from: 1, count: 128 });
    expectJoined();
  });

  it.each<[string, Lie, string]>([
    [
      'leaves out the set that a header hands over to',
      (answer) =>
        answer.type === 'headers'
          ? { ...answer, headers: answer.headers.map(({ nextValidators: _, ...rest }) => rest) }
          : answer,
      'v1 another set than its header hands over to',
    ],
    [
      'sends headers of an epoch to which nothing leads',
      (answer) =>
        answer.type === 'headers' && answer.from === 1
          ? { ...answer, headers: answer.headers.map(ofEpochSeven) }
          : answer,
      'v1 a header of epoch 7, to which nothing leads',
    ],
  ])('blames a peer that %s, and goes on with the others', (_, lie, blame) => {
    const { halted, blames, run } = join('v1' as ValidatorId, lie);
    run();
    expect(halted).toEqual(['snapshot-complete']);
    expect(new Set(blames)).toEqual(new Set([blame]));
    expectJoined();
  });

  it('does not take the certificate of one peer for the word of all: a forged one spoils nothing', () => {
    const lie: Lie = (answer) => {
      if (answer.type !== 'manifest' || answer.certificate === undefined) return answer;
      const { seals } = answer.certificate;
      const forged = seals.map((seal) => ({ ...seal, signature: seal.signature.with(0, 1) as never }));
      return { ...answer, certificate: { ...answer.certificate, seals: forged } };
    };
    const { halted, run } = join('v1' as ValidatorId, lie);
    run();
    expect(halted).toEqual(['snapshot-complete']);
    expectJoined();
  });
});

function ofEpochSeven({ header, certificate }: CertifiedHeader): CertifiedHeader {
  const epoch = epochOf(7);
  const forged = encodeHeader({ ...decodeHeader(header), epoch, nextEpoch: epoch });
  return { header: forged, certificate: { ...certificate, epoch, block: headerHash(forged) } };
}
