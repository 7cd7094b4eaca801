/** Payloads in state: whose they are, who may grant them, and what erasing takes along. */
import { beforeEach, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import { decodeEvents, encodeEvents } from '../../../shared/codec/ledger.ts';
import { envelopePayloadBytesMax, payloadBytesMax } from '../../../shared/codec/payload.ts';
import { toUtf8 } from '../../../shared/codec/utf8.ts';
import { sha256 } from '../../../shared/crypto/sha256.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { foldBlock } from '../fold.ts';
import { limits } from '../limits.ts';
import { createChain, transactionOf } from '../test-support.ts';
import { payloadCount, payloadNumbered, readPayload } from './payloads.ts';
import { payloadsNamed, readStream } from './streams.ts';
import { type Consortium, createConsortium, documentOf } from './test-support.ts';

let all: Consortium;
beforeEach(() => {
  all = createConsortium(documentOf(2));
});

const digestOf = (name: string): Digest => toHex(sha256(toUtf8(name))) as Digest;

interface Described {
  readonly grantOf?: string;
  readonly recipients?: readonly string[];
  readonly erasable?: boolean;
  readonly size?: number;
}
/** An event whose payload has this name. */
const eventWith = (name: string, { grantOf, ...described }: Described = {}) => ({
  eventId: `event ${name}`,
  type: 't',
  data: null,
  labels: {},
  references: [],
  payload: {
    digest: fromHex(digestOf(name)),
    size: 5,
    erasable: true,
    recipients: ['m1.submitter'],
    ...described,
    ...(grantOf !== undefined && { grantOf: fromHex(digestOf(grantOf)) }),
  },
});
const argsOf = (stream: string, ...events: readonly CborValue[]) => ({
  stream,
  expectedRevision: 'any',
  events,
});
const append = (stream: string, events: readonly CborValue[], sender = 'm1.submitter') =>
  all.act(sender, 'streams.append', argsOf(stream, ...events));
const put = (name: string, described: Described = {}, sender = 'm1.submitter') =>
  append('s', [eventWith(name, described)], sender);

const erasing = (...names: readonly string[]): GovernedAction => ({
  kind: 'payloads.erase',
  args: { digests: names.map((name) => fromHex(digestOf(name))), reason: 'asked for' },
});
const erase = (...names: readonly string[]) => all.decide([erasing(...names)], ['m2.admin']);
const planRefusal = (action: GovernedAction) => all.propose('m1.admin', [action]).refusal?.facts.reason;

const read = (name: string) => readPayload(all.chain.view, digestOf(name));
const isErased = (...names: readonly string[]): boolean[] =>
  names.map((name) => read(name)?.erased !== undefined);

describe('an appended payload', () => {
  test('is recorded with its event, and counted', () => {
    put('a', { recipients: ['m1.submitter', 'm2.admin'], erasable: false });
    expect(read('a')).toEqual({
      digest: digestOf('a'),
      stream: 's',
      eventId: 'event a',
      size: 5,
      erasable: false,
      recipients: ['m1.submitter', 'm2.admin'],
    });
    append('t', [eventWith('b'), eventWith('c')]);
    expect(payloadCount(all.chain.view)).toBe(3);
    const numbered = [0, 1, 2, 3].map((number) => payloadNumbered(all.chain.view, number));
    expect(numbered).toEqual([digestOf('a'), digestOf('b'), digestOf('c'), undefined]);
  });

  test('belongs to one event, in whatever stream, and in one append', () => {
    put('a');
    const inUse = {
      code: 'payload-in-use',
      facts: { digest: digestOf('a'), stream: 's', eventId: 'event a' },
    };
    const again = { ...eventWith('a'), eventId: 'another' };
    expect(append('s', [again]).refusal).toEqual(inUse);
    expect(append('t', [again]).refusal).toEqual(inUse);
    expect(append('t', [eventWith('b'), { ...eventWith('b'), eventId: 'twice' }]).refusal).toMatchObject({
      code: 'payload-in-use',
      facts: { stream: 't', eventId: 'event b' },
    });
    expect(readStream(all.chain.view, 't')).toBeUndefined();
  });

  test('is no hindrance when the same append is repeated, even after it was erased', () => {
    put('a');
    expect(put('a').events).toMatchObject([{ type: 'streams.repeated' }]);
    erase('a');
    expect(put('a').events).toMatchObject([{ type: 'streams.repeated' }]);
  });

  test('has a size within bounds, alone and with the others of its append', () => {
    expect(put('a', { size: payloadBytesMax }).refusal).toBeUndefined();
    expect(put('b', { size: payloadBytesMax + 1 }).refusal?.code).toBe('malformed-args');
    const full = Array.from({ length: envelopePayloadBytesMax / payloadBytesMax }, (_, index) =>
      eventWith(`c${index}`, { size: payloadBytesMax }),
    );
    expect(append('s', [...full, eventWith('d', { size: 1 })]).refusal).toMatchObject({
      code: 'malformed-args',
      facts: { path: 'args.events' },
    });
    expect(append('s', full).refusal).toBeUndefined();
  });
});

describe('a grant', () => {
  test('is appended by a recipient, to the same stream, and recorded with what it grants', () => {
    put('a', { recipients: ['m2.submitter'] });
    expect(put('b', { grantOf: 'a' }).refusal).toEqual({
      code: 'grant-not-recipient',
      facts: { digest: digestOf('a'), identity: 'm1.submitter' },
    });
    const elsewhere = append('t', [eventWith('b', { grantOf: 'a' })], 'm2.submitter');
    expect(elsewhere.refusal).toEqual({
      code: 'grant-other-stream',
      facts: { digest: digestOf('a'), stream: 's' },
    });
    expect(put('b', { grantOf: 'a', recipients: ['m1.admin'] }, 'm2.submitter').refusal).toBeUndefined();
    expect(read('b')).toMatchObject({ grantOf: digestOf('a'), recipients: ['m1.admin'] });
  });

  test('names a payload that is recorded and not erased', () => {
    expect(put('b', { grantOf: 'a' }).refusal).toEqual({
      code: 'payload-unknown',
      facts: { digest: digestOf('a') },
    });
    put('a');
    const { block } = erase('a');
    expect(put('b', { grantOf: 'a' }).refusal).toEqual({
      code: 'payload-erased',
      facts: {
        digest: digestOf('a'),
        by: 'm1',
        reason: 'asked for',
        proposal: 0,
        height: block.height,
        time: block.header.time,
      },
    });
  });

  test('of what is erasable is erasable; of what is not it may be', () => {
    put('a');
    expect(put('b', { grantOf: 'a', erasable: false }).refusal?.code).toBe('grant-not-erasable');
    put('c', { erasable: false });
    expect(put('d', { grantOf: 'c' }).refusal).toBeUndefined();
  });

  test('of one payload are so many at most, through others and in one append, too', () => {
    put('a');
    const grants = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => eventWith(`g${from + index}`, { grantOf: 'a' }));
    append('s', grants(0, limits.grantsPerPayloadMax - 1));
    const last = limits.grantsPerPayloadMax - 1;
    const tooMany = {
      code: 'grants-full',
      facts: { digest: digestOf('a'), countMax: limits.grantsPerPayloadMax },
    };
    expect(append('s', grants(last, last + 2)).refusal).toEqual(tooMany);
    expect(put('h', { grantOf: 'g0' }).refusal).toBeUndefined();
    expect(put('i', { grantOf: 'g0' }).refusal).toMatchObject({ code: 'grants-full' });
  });
});

describe('erasing', () => {
  test('takes ballots, and records who asked for it, when and why', () => {
    put('a');
    expect(all.act('m1.admin', 'payloads.erase', erasing('a').args).refusal?.code).toBe('unknown-action');
    const { block, events } = erase('a');
    expect(events.map(({ type }) => type)).toContain('payloads.erased');
    const { height, header } = block;
    expect(read('a')).toMatchObject({
      stream: 's',
      erased: { by: 'm1', reason: 'asked for', proposal: 0, height, time: header.time },
    });
  });

  test('takes along what was granted from it, by whomever, and not what it was granted from', () => {
    put('root');
    put('left', { grantOf: 'root' });
    put('right', { grantOf: 'root' });
    put('leaf', { grantOf: 'left' });
    put('other');
    erase('left');
    expect(isErased('root', 'left', 'right', 'leaf', 'other')).toEqual([false, true, false, true, false]);
    erase('root');
    expect(isErased('root', 'left', 'right', 'leaf', 'other')).toEqual([true, true, true, true, false]);
  });

  test('of a payload and of a grant of it in one proposal names each once', () => {
    put('a');
    put('b', { grantOf: 'a' });
    erase('a', 'b');
    expect(isErased('a', 'b')).toEqual([true, true]);
  });

  test.each<[code: string, before: () => void, action: () => GovernedAction]>([
    ['payload-unknown', () => undefined, () => erasing('nothing')],
    ['payload-not-erasable', () => void put('fixed', { erasable: false }), () => erasing('fixed')],
    [
      'payload-erased',
      () => {
        put('gone');
        erase('gone');
      },
      () => erasing('gone'),
    ],
  ])('is refused: %s', (code, before, action) => {
    before();
    expect(planRefusal(action())).toBe(code);
  });

  test('names at least one payload, each once', () => {
    put('a');
    const malformed = (action: GovernedAction) => all.propose('m1.admin', [action]).refusal?.code;
    expect(malformed({ kind: 'payloads.erase', args: { digests: [], reason: 'r' } })).toBe('malformed-args');
    expect(malformed(erasing('a', 'a'))).toBe('malformed-args');
  });

  test('blocks folded from their events have the same state', () => {
    const folded = createChain(documentOf(2));
    const blocks = [
      put('a'),
      put('b', { grantOf: 'a' }),
      all.propose('m1.admin', [erasing('a')]),
      all.vote('m2.admin', 0),
    ].map(({ block }) => block);
    expect(isErased('a', 'b')).toEqual([true, true]);
    for (const block of blocks) {
      const { height, header } = block;
      const ran = block.ran.map(({ transaction, events }) => ({
        transaction,
        events: decodeEvents(encodeEvents(events)),
      }));
      const result = foldBlock({ state: folded.view, tree: folded.tree, height, time: header.time, ran });
      expect(result.changes).toEqual(block.changes);
      expect(result.stateRoot).toBe(header.state);
      folded.apply(block);
    }
  });
});

test('what must be here before an append is ordered is named by the envelope alone', () => {
  const of = (action: string, args: CborValue) =>
    payloadsNamed(transactionOf(all.chain.genesis, action, args, { sender: 'm1.submitter' }));
  const plain = { ...eventWith('x'), payload: undefined };
  const { payload: _, ...without } = plain;
  expect(of('streams.append', argsOf('s', without, eventWith('a'), eventWith('b', { size: 9 })))).toEqual([
    { digest: digestOf('a'), size: 5 },
    { digest: digestOf('b'), size: 9 },
  ]);
  expect(of('streams.append', argsOf('s', without))).toEqual([]);
  expect(of('assets.define', argsOf('s', eventWith('a')))).toEqual([]);
  expect(of('streams.append', argsOf('', eventWith('a')))).toEqual([]);
  expect(of('streams.append', [1])).toEqual([]);
});
