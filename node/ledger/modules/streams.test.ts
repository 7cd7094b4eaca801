import { describe, expect, test } from 'vitest';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { encodeStreamEvent } from '../../../shared/codec/ledger.ts';
import { frontierRoot, merkleRoot } from '../../../shared/crypto/merkle.ts';
import type { Digest, IdentityId } from '../../../shared/types/brands.ts';
import type { CborValue, LedgerEvent, NewStreamEvent } from '../../../shared/types/ledger.ts';
import { appendOf, contextOf, plainEvent, stateAfter } from '../test-support.ts';
import type { Decision } from '../types.ts';
import { appendArgs, readStream, streamEventOf, streamsModule } from './streams.ts';

const submitter = contextOf('a', 'm', ['submitter']);
const action = 'streams.append';
const given = (...events: readonly LedgerEvent[]) => stateAfter(streamsModule.evolve, events);
const formProblem = (args: CborValue) => streamsModule.actions[action]?.(args);

function appended(stream: string, revision: number, eventId: string, data: CborValue = 'data'): LedgerEvent {
  return { type: 'streams.appended', data: { ...plainEvent(eventId, data), stream, revision } };
}
function when(events: readonly LedgerEvent[], args: CborValue): Decision {
  expect(formProblem(args)).toBeUndefined();
  return streamsModule.decide(given(...events), submitter, action, args);
}
const accepted = (...events: readonly LedgerEvent[]): Decision => ({ ok: true, events });
const refused = (code: string, facts: { readonly [name: string]: CborValue }): Decision => ({
  ok: false,
  rejection: { code, facts },
});

const s0 = appended('s', 0, 'e0');
const s1 = appended('s', 1, 'e1');

describe('expectedRevision', () => {
  test.each([
    ['−1 on a new stream', [], -1, 0],
    ['any on a new stream', [], 'any', 0],
    ['the last revision', [s0, s1], 1, 2],
    ['any on an existing stream', [s0, s1], 'any', 2],
  ] as const)('%s appends', (_name, events, expectedRevision, revision) => {
    expect(when(events, appendOf('s', 'new', expectedRevision))).toEqual(
      accepted(appended('s', revision, 'new')),
    );
  });

  test.each([
    ['−1 on an existing stream', [s0], -1, 0],
    ['0 on a new stream', [], 0, -1],
    ['a revision that was passed', [s0, s1], 0, 1],
    ['a revision ahead', [s0, s1], 2, 1],
  ] as const)('%s is refused with both revisions', (_name, events, expected, actual) => {
    expect(when(events, appendOf('s', 'new', expected))).toEqual(
      refused('wrong-expected-revision', { stream: 's', expected, actual }),
    );
  });

  test('streams do not share revisions', () => {
    expect(when([s0, s1], appendOf('t', 'new', -1))).toEqual(accepted(appended('t', 0, 'new')));
  });

  test('events of one append get consecutive revisions', () => {
    const args = { stream: 's', expectedRevision: 0, events: [plainEvent('x'), plainEvent('y')] };
    expect(when([s0], args)).toEqual(accepted(appended('s', 1, 'x'), appended('s', 2, 'y')));
  });
});

describe('eventId', () => {
  const repeated = (...events: { eventId: string; revision: number }[]) =>
    accepted({ type: 'streams.repeated', data: { stream: 's', events } });

  test('the same append again succeeds with the first position, whatever revision it expected', () => {
    expect(when([s0, s1], appendOf('s', 'e0', -1))).toEqual(repeated({ eventId: 'e0', revision: 0 }));
  });

  test('a repeated append writes nothing', () => {
    const before = given(s0, s1).get('streams/s');
    const repetition = { type: 'streams.repeated', data: { stream: 's', events: [] } };
    expect(given(s0, s1, repetition).get('streams/s')).toEqual(before);
  });

  test('all events of several repeated succeed', () => {
    const args = { stream: 's', expectedRevision: 'any', events: [plainEvent('e1'), plainEvent('e0')] };
    const positions = [
      { eventId: 'e1', revision: 1 },
      { eventId: 'e0', revision: 0 },
    ];
    expect(when([s0, s1], args)).toEqual(repeated(...positions));
  });

  test.each([
    [plainEvent('e0'), plainEvent('new')],
    [plainEvent('new'), plainEvent('e0')],
  ])('one known and one new conflict, in either order', (...events) => {
    const facts = { stream: 's', eventId: 'new', revision: -1, reason: 'partly-present' };
    expect(when([s0], { stream: 's', expectedRevision: 'any', events })).toEqual(
      refused('event-id-conflict', facts),
    );
  });

  test.each([
    ['data', { data: 'other' }],
    ['type', { type: 'other' }],
    ['labels', { labels: { a: 'b' } }],
    ['references', { references: ['r'] }],
    ['payload', { payload: { digest: new Uint8Array(32), size: 1, erasable: false, recipients: [] } }],
  ])('the same eventId with other %s conflicts', (_name, change) => {
    const args = { stream: 's', expectedRevision: 'any', events: [{ ...plainEvent('e0'), ...change }] };
    const facts = { stream: 's', eventId: 'e0', revision: 0, reason: 'different-content' };
    expect(when([s0], args)).toEqual(refused('event-id-conflict', facts));
  });

  test('another stream may use the same eventId', () => {
    expect(when([s0], appendOf('t', 'e0'))).toEqual(accepted(appended('t', 0, 'e0')));
  });

  test('names with separators do not meet in one key', () => {
    const events = [appended('a/b', 0, 'c')];
    expect(when(events, appendOf('a', 'b/c'))).toEqual(accepted(appended('a', 0, 'b/c')));
  });
});

describe('roles', () => {
  test.each([
    [['submitter'], true],
    [['operator'], true],
    [['admin'], true],
    [['auditor', 'reader'], false],
    [[], false],
  ] as const)('%j may append: %s', (roles, may) => {
    const decision = streamsModule.decide(given(), contextOf('a', 'm', roles), action, appendOf('s', 'e'));
    expect(decision.ok).toBe(may);
  });
});

describe('form', () => {
  const event = plainEvent('e');
  const payload = { digest: new Uint8Array(32), size: 1, erasable: true, recipients: [] };
  const append = (changes: { readonly [key: string]: CborValue }) => ({
    stream: 's',
    expectedRevision: 'any',
    events: [event],
    ...changes,
  });

  test.each([
    ['nothing', null, 'args'],
    ['a list', [], 'args'],
    ['an empty name', append({ stream: '' }), 'args.stream'],
    ['a name of 201 bytes', append({ stream: 'x'.repeat(201) }), 'args.stream'],
    ['a name of 101 characters of two bytes', append({ stream: 'é'.repeat(101) }), 'args.stream'],
    ['a name that is not NFC', append({ stream: 'e\u0301' }), 'args.stream'],
    ['a revision below −1', append({ expectedRevision: -2 }), 'args.expectedRevision'],
    ['a fraction', append({ expectedRevision: 0.5 }), 'args.expectedRevision'],
    ['a revision beyond 2^53', append({ expectedRevision: 2n ** 60n }), 'args.expectedRevision'],
    ['no events', append({ events: [] }), 'args.events'],
    [
      '257 events',
      append({ events: Array.from({ length: 257 }, (_, i) => plainEvent(`${i}`)) }),
      'args.events',
    ],
    ['an eventId twice', append({ events: [event, event] }), 'args.events[1].eventId'],
    ['a missing type', append({ events: [{ ...event, type: 5 }] }), 'args.events[0].type'],
    ['a type of 101 bytes', append({ events: [{ ...event, type: 'x'.repeat(101) }] }), 'args.events[0].type'],
    [
      'a label that is no text',
      append({ events: [{ ...event, labels: { a: 1 } }] }),
      'args.events[0].labels.a',
    ],
    [
      '17 labels',
      append({
        events: [
          { ...event, labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`${i}`, 'x'])) },
        ],
      }),
      'args.events[0].labels',
    ],
    [
      '33 references',
      append({ events: [{ ...event, references: Array(33).fill('r') }] }),
      'args.events[0].references',
    ],
    [
      'a payload digest of 31 bytes',
      append({ events: [{ ...event, payload: { ...payload, digest: new Uint8Array(31) } }] }),
      'args.events[0].payload.digest',
    ],
    [
      'a payload that does not say whether it may be erased',
      append({ events: [{ ...event, payload: { digest: new Uint8Array(32), size: 1, recipients: [] } }] }),
      'args.events[0].payload.erasable',
    ],
    [
      'a recipient that is no identity',
      append({ events: [{ ...event, payload: { ...payload, recipients: ['north.auditor', 'A'] } }] }),
      'args.events[0].payload.recipients[1]',
    ],
    [
      'a grant of 31 bytes',
      append({ events: [{ ...event, payload: { ...payload, grantOf: new Uint8Array(31) } }] }),
      'args.events[0].payload.grantOf',
    ],
    ['a stream that begins with a space', append({ stream: ' orders' }), 'args.stream'],
    ['a stream that ends with a no-break space', append({ stream: 'orders\u00a0' }), 'args.stream'],
    ['a stream of a tab', append({ stream: '\t' }), 'args.stream'],
    ['an unknown field', append({ extra: 1 }), 'args.extra'],
  ])('%s is refused at its path', (_name, args, path) => {
    expect(formProblem(args)).toMatchObject({ code: 'malformed-args', facts: { path } });
  });

  test('what a stranger named is shown only if it is short and plain, so that every outcome can be encoded', () => {
    const odd = formProblem(append({ [`${'x'.repeat(70)}😀`]: 1 }));
    expect(odd?.facts.path).toBe('args.?');
  });

  test.each([
    ['200 bytes', 'x'.repeat(200)],
    ['other scripts', 'Поставка 供应'],
    ['100 characters of two bytes', 'é'.repeat(100)],
    ['50 characters of four bytes', '😀'.repeat(50)],
  ])('a name of %s is accepted', (_name, stream) => {
    expect(formProblem(append({ stream }))).toBeUndefined();
  });
});

describe('state', () => {
  test('is the last revision and the frontier of the RFC 9162 tree of the encoded events', () => {
    const events = [s0, s1, appended('s', 2, 'e2', { deep: [1, 2.5, null] })];
    const stream = readStream(given(...events), 's');
    expect(stream?.revision).toBe(2);
    expect(stream && frontierRoot(stream.frontier)).toBe(merkleRoot(events.map(({ data }) => encode(data))));
  });

  test('the leaf is the encoding of the event as readers have it', () => {
    const newEvent: NewStreamEvent = {
      eventId: 'e',
      type: 't',
      data: { b: new Uint8Array(3), a: -1 },
      labels: { country: 'Zambia' },
      references: ['x', 'y'],
      payload: {
        digest: 'ab'.repeat(32) as Digest,
        size: 9,
        erasable: true,
        recipients: ['north.auditor' as IdentityId],
        grantOf: 'cd'.repeat(32) as Digest,
      },
    };
    const granted = { digest: new Uint8Array(32).fill(0xcd), size: 1, erasable: true, recipients: ['a'] };
    const original: LedgerEvent = {
      type: 'streams.appended',
      data: { ...plainEvent('original'), payload: granted, stream: 's', revision: 0 },
    };
    const decision = when([original], appendArgs('s', 0, [newEvent]));
    expect(decision.ok).toBe(true);
    const event = decision.ok ? decision.events[0]! : s0;
    const read = streamEventOf(event)!;
    expect(read).toEqual({ ...newEvent, stream: 's', revision: 1 });
    expect(encodeStreamEvent(read)).toEqual(encode(event.data));
  });

  test('an event that does not follow is a violated invariant', () => {
    expect(() => given(s1)).toThrow('invariant');
  });
});
