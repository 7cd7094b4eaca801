/** Memory grows with the names in the ledger's book, and not with all who ever came. */
import { expect, it } from 'vitest';
import { epochOf, heightOf, type ValidatorId, viewOf } from '../../shared/types/brands.ts';
import { createForgetting, forgetIn, lower, type Remembering } from './forgetting.ts';
import { createConduct } from './peer-conduct.ts';
import { createPeers } from './peers.ts';
import { createRejections } from './rejections.ts';
import { createTestContext, ids } from './test-support.ts';
import { createWitness } from './witness.ts';

const [v1, v2] = ids as readonly [ValidatorId, ValidatorId];
const named = (name: string): ValidatorId => name as ValidatorId;

/** What each sweep is asked about, and said of it. */
function sweeping(names: readonly string[], links: { open?: string[]; servers?: string[]; book?: string[] }) {
  const { context, ports, advance } = createTestContext(v1);
  const { open = [], servers = [], book = [] } = links;
  const known = {
    ...context,
    ports: {
      ...ports,
      links: {
        ...ports.links,
        open: () => open.map(named),
        servers: () => servers.map(named),
        knows: (peer: ValidatorId) => book.includes(peer),
      },
    },
  };
  const remembered = new Set(names.map(named));
  const room: Remembering = { forget: (isGone) => forgetIn(remembered, isGone) };
  createForgetting(known, [room]).start();
  return { remembered, links: { open, servers, book }, pass: () => advance(context.tuning.forgetMs) };
}

it('keeps validators, the names of the book and whoever is linked; of others nothing is remembered', () => {
  const names = [v2, 'linked', '~asked', 'observer', 'former', '~gone'];
  const { remembered, links, pass } = sweeping(names, {
    open: ['linked'],
    servers: ['~asked'],
    book: ['observer'],
  });
  pass();
  expect([...remembered]).toEqual([v2, 'linked', '~asked', 'observer']);
  links.open.pop();
  links.servers.pop();
  links.book.pop();
  pass();
  expect([...remembered]).toEqual([v2]);
});

it('of a validator, when its epoch is past the one before', () => {
  const { context, advance } = createTestContext(v1, [v1]);
  const remembered = new Set([v2]);
  createForgetting(context, [{ forget: (isGone) => forgetIn(remembered, isGone) }]).start();
  const validators = context.epochs.current().validators.filter(({ id }) => id !== v2);
  for (const epoch of [1, 2]) {
    const next = { ...context.epochs.current(), validators, epoch: epochOf(epoch) };
    context.epochs.boundary({ kind: 'handover', next });
    context.epochs.enter(next.epoch);
    advance(context.tuning.forgetMs);
    expect([...remembered]).toEqual(epoch === 1 ? [v2] : []);
  }
});

it('rooms forget: what is claimed, how one behaved, what it signed', () => {
  const { context } = createTestContext(v1);
  const status = { epoch: epochOf(0), view: viewOf(0), height: heightOf(7), executed: heightOf(7) };
  const peers = createPeers(context, {
    ownStatus: () => status,
    starting: () => false,
    newestOf: () => [],
  });
  const conduct = createConduct(context);
  peers.status(v2, status);
  peers.heard(v2);
  conduct.claimed(v2, heightOf(7));
  conduct.fault(v2, 'junk', 'for a test');
  expect(peers.views().find(({ id }) => id === v2)).toMatchObject({ status, silentMs: 0 });
  for (const room of [peers, conduct]) room.forget((peer) => peer !== v2);
  expect(conduct.views()).toHaveLength(1);
  for (const room of [peers, conduct]) room.forget((peer) => peer === v2);
  expect(conduct.views()).toEqual([]);
  expect(conduct.hasClaimed(v2, heightOf(1))).toBe(false);
  const view = peers.views().find(({ id }) => id === v2);
  expect([view?.status, view?.silentMs]).toEqual([undefined, undefined]);

  const found: unknown[] = [];
  const witness = createWitness(context, (evidence) => found.push(evidence));
  const vote = (content: string) => ({
    kind: 'commit' as const,
    vote: {
      kind: 'commit' as const,
      epoch: epochOf(0),
      view: viewOf(0),
      sequence: heightOf(1),
      content: content.repeat(32) as never,
      sender: v2,
      signature: new Uint8Array(64) as never,
    },
  });
  witness.saw({ type: 'message', from: v2, message: vote('aa') });
  witness.forget((peer) => peer === v2);
  witness.saw({ type: 'message', from: v2, message: vote('bb') });
  expect(found).toEqual([]);
  witness.saw({ type: 'message', from: v2, message: vote('cc') });
  expect(found).toHaveLength(1);
});

it('refusals of who is gone are not counted any more, and make room for others', () => {
  const { ports } = createTestContext(v1);
  const { reject, counts, forget } = createRejections(ports);
  for (let at = 0; at < 2_000; at += 1) reject('frame-dropped', named(`~${at}`), 'M2', 'junk');
  reject('frame-dropped', v2, 'M2', 'junk');
  expect(counts().some(({ validator }) => validator === v2)).toBe(false);
  forget((peer) => peer.startsWith('~'));
  expect(counts()).toEqual([]);
  reject('frame-dropped', v2, 'M2', 'junk');
  expect(counts()).toMatchObject([{ validator: v2, rule: 'M2', count: 1 }]);
});

it('a count of nothing is no count', () => {
  const counts = new Map([[v2, 2]]);
  lower(counts, v2);
  expect(counts.get(v2)).toBe(1);
  lower(counts, v2);
  lower(counts, v2);
  expect(counts.size).toBe(0);
});
