/** Whom payloads are asked of, and what comes of a peer that lies about them (rule C3). */
import { describe, expect, it } from 'vitest';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import type { Digest, ValidatorId } from '../../shared/types/brands.ts';
import { createPayloadFetch } from './payload-fetch.ts';
import { createConduct } from './peer-conduct.ts';
import type { PayloadBytes } from './ports.ts';
import { createTestContext, ids } from './test-support.ts';

const [v1, v2, v3, v4] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId, ValidatorId];
const bytesOf = (name: string): Uint8Array => toUtf8(`content of ${name}`);
const digestOf = (name: string): Digest => payloadDigest(bytesOf(name));
const payloadOf = (name: string) => ({ digest: digestOf(name), size: bytesOf(name).length });

function setUp() {
  const test = createTestContext(v1);
  const conduct = createConduct(test.context);
  const unwanted = new Set<Digest>();
  const fetched: PayloadBytes[] = [];
  const withheld: Digest[] = [];
  const unheld: Digest[] = [];
  const fetch = createPayloadFetch(test.context, conduct, {
    isWanted: (digest) => !unwanted.has(digest),
    fetched: (items) => fetched.push(...items),
    withheld: (digest) => withheld.push(digest),
    unheld: (digest) => unheld.push(digest),
  });
  /** Who was asked for what since the last look. */
  const asked = (): readonly (readonly [string, ...Digest[]])[] =>
    test.sent
      .splice(0)
      .map(({ to, message }) => [to, ...(message.type === 'get-payloads' ? message.digests : [])] as const);
  const answer = (from: ValidatorId, ...names: readonly string[]): void =>
    fetch.arrived(from, names.map(bytesOf), []);
  const lacks = (from: ValidatorId, ...names: readonly string[]): void =>
    fetch.arrived(from, [], names.map(digestOf));
  return { ...test, conduct, unwanted, fetched, withheld, unheld, fetch, asked, answer, lacks };
}

describe('a payload that is wanted', () => {
  it('is asked of who must have it, and taken when it comes', () => {
    const { fetch, asked, answer, fetched } = setUp();
    fetch.want(payloadOf('a'), { holders: [v3] });
    expect(asked()).toEqual([[v3, digestOf('a')]]);
    answer(v3, 'a');
    expect(fetched).toEqual([{ digest: digestOf('a'), bytes: bytesOf('a') }]);
  });

  it('is asked of the next holder and then of anybody, if one does not have it', () => {
    const { fetch, asked, lacks, answer, fetched } = setUp();
    fetch.want(payloadOf('a'), { holders: [v3, v4] });
    asked();
    lacks(v3, 'a');
    expect(asked()).toEqual([[v4, digestOf('a')]]);
    lacks(v4, 'a');
    expect(asked()).toEqual([[v2, digestOf('a')]]);
    answer(v2, 'a');
    expect(fetched).toHaveLength(1);
  });

  it('is asked for again after a while if nobody has it', () => {
    const { fetch, asked, lacks, advance } = setUp();
    fetch.want(payloadOf('a'), { holders: [] });
    for (const peer of [v2, v3, v4]) lacks(peer, 'a');
    asked();
    advance(1_000);
    expect(asked()).toEqual([[v2, digestOf('a')]]);
  });

  it('is asked of another when a peer stalls, which is put aside; what comes late is taken', () => {
    const { fetch, asked, answer, advance, conduct, fetched } = setUp();
    fetch.want(payloadOf('a'), { holders: [v3] });
    asked();
    advance(1_001);
    expect(conduct.isAside(v3)).toBe(true);
    expect(asked()).toEqual([[v2, digestOf('a')]]);
    answer(v3, 'a');
    expect(fetched).toHaveLength(1);
  });

  it('goes with others in one question, as many as one answer holds', () => {
    const { fetch, asked, advance, context } = setUp();
    const large = { digest: 'ab'.repeat(32) as Digest, size: 2 * 1024 * 1024 };
    for (const payload of [payloadOf('a'), payloadOf('b'), large])
      fetch.want(payload, { holders: [], atLeisure: true });
    advance(1);
    expect(asked().map(([, ...digests]) => digests)).toEqual([
      [digestOf('a'), digestOf('b')],
      [large.digest],
    ]);
    expect(context.tuning.payloadRetryMs).toBeGreaterThan(1);
  });

  it('is not asked for once nobody waits for it', () => {
    const { fetch, asked, lacks, unwanted } = setUp();
    fetch.want(payloadOf('a'), { holders: [v3] });
    asked();
    unwanted.add(digestOf('a'));
    lacks(v3, 'a');
    expect(asked()).toEqual([]);
  });

  it('that nobody has is told of, if it is fetched at leisure', () => {
    const { fetch, lacks, advance, unheld } = setUp();
    fetch.want(payloadOf('a'), { holders: [], atLeisure: true });
    fetch.want(payloadOf('b'), { holders: [] });
    advance(1);
    for (const peer of [v2, v3, v4]) lacks(peer, 'a', 'b');
    advance(1);
    expect(unheld).toEqual([digestOf('a')]);
  });

  it('is not kept waiting by what is fetched at leisure', () => {
    const { fetch, asked, advance } = setUp();
    fetch.want(payloadOf('a'), { holders: [v3], atLeisure: true });
    advance(1);
    expect(asked()).toEqual([[v3, digestOf('a')]]);
    fetch.want(payloadOf('b'), { holders: [v3] });
    expect(asked()).toEqual([[v3, digestOf('b')]]);
  });
});

describe('of holders alone', () => {
  it('nobody else is asked, and who waits hears that it is withheld', () => {
    const { fetch, asked, lacks, advance, withheld } = setUp();
    fetch.want(payloadOf('a'), { holders: [v3], onlyHolders: true });
    asked();
    lacks(v3, 'a');
    advance(1);
    expect([asked(), withheld]).toEqual([[], [digestOf('a')]]);
  });

  it('a closed link is as good as not having it', () => {
    const { fetch, advance, context, withheld } = setUp();
    fetch.want(payloadOf('a'), { holders: ['gone' as ValidatorId], onlyHolders: true });
    advance(context.tuning.payloadRetryMs);
    expect(withheld).toEqual([digestOf('a')]);
  });
});

describe('a liar', () => {
  it('that names another size keeps nobody from what an honest event names', () => {
    const { fetch, asked, lacks, answer, fetched } = setUp();
    fetch.want({ digest: digestOf('a'), size: 3 }, { holders: [v4], onlyHolders: true });
    fetch.want(payloadOf('a'), { holders: [v3], onlyHolders: true });
    lacks(v4, 'a');
    expect(asked()).toEqual([
      [v4, digestOf('a')],
      [v3, digestOf('a')],
    ]);
    answer(v3, 'a');
    expect(fetched).toEqual([{ digest: digestOf('a'), bytes: bytesOf('a') }]);
  });

  it('that claims very many and sends none keeps nobody waiting for those of others', () => {
    const { fetch, asked, advance } = setUp();
    for (let count = 0; count < 1_000; count += 1) {
      const digest = count.toString(16).padStart(64, '0') as Digest;
      fetch.want({ digest, size: 1 }, { holders: [v4], onlyHolders: true });
    }
    fetch.want(payloadOf('a'), { holders: [v3], onlyHolders: true });
    advance(1);
    expect(asked().filter(([peer]) => peer === v3)).toEqual([[v3, digestOf('a')]]);
  });

  it.each([
    ['other bytes than were asked for', (run: ReturnType<typeof setUp>) => run.answer(v3, 'junk')],
    ['some right and some not', (run: ReturnType<typeof setUp>) => run.answer(v3, 'a', 'junk')],
  ])('that sends %s is put aside and nothing of it is taken', (_, lie) => {
    const run = setUp();
    run.fetch.want(payloadOf('a'), { holders: [v3] });
    run.asked();
    lie(run);
    expect(run.conduct.views()).toMatchObject([{ peer: v3, reason: 'junk' }]);
    expect(run.fetched).toEqual([]);
    expect(run.asked()).toEqual([[v2, digestOf('a')]]);
  });

  it('that pushes what nobody asked for fills nothing', () => {
    const { answer, fetched, conduct } = setUp();
    answer(v4, 'a', 'b');
    expect(fetched).toEqual([]);
    expect(conduct.isAside(v4)).toBe(true);
  });

  it('that answers nothing at all stalls', () => {
    const { fetch, asked, advance, conduct } = setUp();
    fetch.want(payloadOf('a'), { holders: [v3] });
    fetch.arrived(v3, [], []);
    asked();
    advance(1_001);
    expect(conduct.isAside(v3)).toBe(true);
    expect(asked()).toEqual([[v2, digestOf('a')]]);
  });

  it('that names much which nobody has does not keep others from what somebody has', () => {
    const { fetch, asked, advance, context } = setUp();
    for (let count = 0; count < 400; count += 1) fetch.want(payloadOf(`nothing ${count}`), { holders: [] });
    fetch.want(payloadOf('a'), { holders: [] });
    let isAsked = false;
    for (let round = 0; round < 40 && !isAsked; round += 1) {
      for (const [peer, ...digests] of asked()) {
        isAsked ||= digests.includes(digestOf('a'));
        fetch.arrived(peer as ValidatorId, [], digests);
      }
      advance(context.tuning.fetchTimeoutMs);
    }
    expect(isAsked).toBe(true);
  });

  it('cannot make others take a payload of another size than the event says', () => {
    const { fetch, asked, answer, fetched } = setUp();
    fetch.want({ digest: digestOf('a'), size: 3 }, { holders: [v3] });
    asked();
    answer(v3, 'a');
    expect(fetched).toEqual([]);
    expect(asked()).toEqual([[v2, digestOf('a')]]);
  });
});
