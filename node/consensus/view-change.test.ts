/** Rules V1–V6, N5, N7: leaving a view and entering another (OSDI'99 §4.4, §4.5.2). */
import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import type { Height } from '../../shared/types/brands.ts';
import type { PreparedCertificate, ViewChangeBody } from '../../shared/types/messages.ts';
import { nullBatchDigest } from './null-batch.ts';
import { Cluster } from './test-support/cluster.ts';
import {
  batchOf,
  certificateOf,
  idOf,
  newViewOf,
  preparedOf,
  proposalOf,
  viewChangeOf,
  voteOf,
} from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';

const batch = batchOf(1_000_000, idOf(0), 'a');
const digest = batchDigest(batch);
const third = batchOf(1_000_000, idOf(0), 'c');
const thirdDigest = batchDigest(third);
/** By the primary of view 1. */
const ofNext = batchOf(1_000_000, idOf(1), 'd');

const emptyBody: ViewChangeBody = { height: 0 as Height, prepared: [] };
const bodyWith = (...prepared: PreparedCertificate[]): ViewChangeBody => ({ height: 0 as Height, prepared });

function newViewFor(
  solo: Solo,
  view: number,
  bodies: ReadonlyMap<number, ViewChangeBody>,
  digests: string[],
  from = 1,
) {
  const viewChanges = [...bodies].map(([index, body]) => viewChangeOf(view, body, idOf(index)));
  const primary = solo.config.validators[view % solo.config.validators.length]!.id;
  const prePrepares = digests.map((content, index) =>
    voteOf('pre-prepare', view, from + index, content as typeof digest, primary),
  );
  return newViewOf(view, { viewChanges, prePrepares }, primary);
}

describe('V1: suspicion', () => {
  test('a silent primary is suspected after its time; signs of life of this view put it off', () => {
    const solo = new Solo();
    solo.advance(999);
    solo.message({
      kind: 'heartbeat',
      epoch: solo.config.epoch,
      view: 0 as never,
      height: 0 as Height,
      block: solo.state.certified.block,
      time: 0,
      sender: idOf(0),
      signature: voteOf('commit', 0, 1, digest, idOf(0)).signature,
    });
    solo.advance(999);
    expect(solo.signed('view-change')).toEqual([]);
    solo.advance(1);
    expect(solo.signed('view-change')).toMatchObject([{ view: 1, body: { height: 0, prepared: [] } }]);
    expect(solo.noted('primary-suspected')).toMatchObject([{ facts: { primary: 'v0', reason: 'silent' } }]);
  });

  test('what is relayed, or of another view, is no sign of life', () => {
    const solo = new Solo();
    solo.advance(900);
    solo.message({ kind: 'commit', vote: voteOf('commit', 0, 1, digest, idOf(0)) }, idOf(2));
    solo.message({ kind: 'commit', vote: voteOf('commit', 4, 1, digest, idOf(0)) });
    solo.advance(100);
    expect(solo.signed('view-change')).toHaveLength(1);
  });

  test('a primary does not suspect itself of silence', () => {
    const solo = new Solo({ self: 0 });
    solo.advance(10_000);
    expect(solo.signed('view-change')).toEqual([]);
  });
});

describe('V2: VIEW-CHANGE', () => {
  test('carries h with its certificate and what prepared above it', () => {
    const solo = new Solo();
    solo.catchUpTo(1, 'b1');
    solo.propose(3, third);
    solo.prepare(3, thirdDigest, 2);
    solo.advance(1_000);
    const [message] = solo.signed('view-change');
    expect(message!.body).toMatchObject({
      height: 1,
      certificate: { height: 1, block: 'b1' },
      prepared: [
        { view: 0, sequence: 3, batch: thirdDigest, prepares: [{ sender: 'v1' }, { sender: 'v2' }] },
      ],
    });
  });

  test('a batch is in it as soon as the COMMIT was asked for, though its signature is on its way', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    solo.holdIntents = true;
    solo.prepare(1, digest, 2);
    solo.advance(1_000);
    expect(solo.held.map(({ kind }) => kind)).toEqual(['commit', 'view-change', 'heartbeat']);
    expect(solo.signed('view-change')[0]!.body.prepared).toHaveLength(1);
  });

  test('only the certificate of the highest view is carried', () => {
    const restored = {
      prepared: [
        preparedOf(new Solo().config, 0, 1, digest),
        preparedOf(new Solo().config, 2, 1, thirdDigest),
      ],
      votes: [voteOf('commit', 2, 1, thirdDigest, idOf(1))],
    };
    const solo = new Solo({ restored });
    solo.advance(1_000);
    expect(solo.signed('view-change')).toMatchObject([
      { view: 3, body: { prepared: [{ view: 2, batch: thirdDigest }] } },
    ]);
  });
});

describe('N7: no vote below a view that was asked for', () => {
  test('PREPAREs and PRE-PREPAREs that arrive late are not answered; COMMITs, seals and blocks still count', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    solo.advance(1_000);
    const before = solo.outputs.length;
    solo.prepare(1, digest, 2);
    solo.prepare(1, digest, 3);
    solo.propose(2, third);
    for (const peer of [0, 2, 3]) solo.commit(1, digest, peer);
    const outputs = solo.outputs.slice(before);
    expect(solo.signed('prepare', outputs)).toEqual([]);
    expect(solo.signed('commit', outputs)).toEqual([]);
    expect(solo.signed('seal', outputs)).toMatchObject([{ height: 1 }]);
    for (const peer of [0, 2]) solo.seal(1, solo.blocks.get(1)!, peer);
    expect(solo.view()).toMatchObject({ certified: 1, changingTo: 1 });
  });

  test('holds after a restart, and the VIEW-CHANGE is sent again (V6)', () => {
    const viewChange = viewChangeOf(1, emptyBody, idOf(1));
    const solo = new Solo({ self: 1, restored: { viewChange } });
    expect(solo.view()).toMatchObject({ view: 0, changingTo: 1 });
    solo.propose(1, batch);
    expect(solo.signed('prepare')).toEqual([]);
    expect(solo.all('send').map(({ to, messages }) => [to, messages])).toEqual([
      ['v0', [viewChange]],
      ['v2', [viewChange]],
      ['v3', [viewChange]],
    ]);
  });

  test('a NEW-VIEW below the view asked for is not entered', () => {
    const solo = new Solo({ self: 3, restored: { viewChange: viewChangeOf(2, emptyBody, idOf(3)) } });
    const bodies = new Map([0, 1, 2].map((index) => [index, emptyBody]));
    solo.message(newViewFor(solo, 1, bodies, []));
    expect(solo.view()).toMatchObject({ view: 0, changingTo: 2 });
  });
});

describe('V3: NEW-VIEW of the primary', () => {
  test('carries a prepared batch, and the null batch for a gap; PRE-PREPAREs are signed one by one first (M2)', () => {
    const solo = new Solo({ self: 1 });
    solo.propose(1, batch);
    solo.prepare(1, digest, 2);
    solo.advance(1_000);
    solo.answersChecks = false;
    solo.message(viewChangeOf(1, bodyWith(preparedOf(solo.config, 0, 3, thirdDigest)), idOf(2)));
    expect(solo.signed('new-view')).toEqual([]);
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    expect(solo.all('check-batch').at(-1)).toMatchObject({ digest: thirdDigest, reproposal: true });
    expect(solo.signed('pre-prepare')).toEqual([]);
    solo.answer(thirdDigest, third);
    const intents = solo.all('intent').filter(({ message }) => message.kind === 'pre-prepare');
    expect(intents.map(({ send }) => send)).toEqual([false, false, false]);
    expect(intents.map(({ message }) => 'content' in message && message.content)).toEqual([
      digest,
      nullBatchDigest,
      thirdDigest,
    ]);
    expect(solo.signed('new-view')).toHaveLength(1);
    expect(solo.view()).toMatchObject({ view: 1, primary: 'v1' });
  });

  test('no PRE-PREPARE without the bodies on disk (D1): each rests on its batch', () => {
    const solo = new Solo({ self: 1 });
    solo.message(viewChangeOf(1, bodyWith(preparedOf(solo.config, 0, 1, thirdDigest)), idOf(2)));
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    solo.answer(thirdDigest, third);
    const intent = solo.all('intent').find(({ message }) => message.kind === 'pre-prepare');
    expect(intent?.restsOn).toEqual([{ kind: 'batch', digest: thirdDigest, batch: third }]);
  });

  test('what was certified here since a VIEW-CHANGE is named again without its slot', () => {
    const solo = new Solo({ self: 1 });
    solo.order(1, batch);
    solo.message(viewChangeOf(1, bodyWith(preparedOf(solo.config, 0, 1, digest)), idOf(2)));
    solo.advance(1_000);
    for (const peer of [0, 2, 3]) solo.seal(1, solo.blocks.get(1)!, peer);
    expect(solo.view().certified).toBe(1);
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    expect(solo.signed('new-view')[0]!.body.prePrepares).toMatchObject([{ sequence: 1, content: digest }]);
    expect(solo.state.slots.size).toBe(0);
  });

  test('a primary that lacks min-s catches up first', () => {
    const solo = new Solo({ self: 1 });
    const ahead = { height: 2 as Height, certificate: certificateOf(solo.config, 2, 'b2'), prepared: [] };
    solo.message(viewChangeOf(1, ahead, idOf(2)));
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    expect(solo.signed('new-view')).toEqual([]);
    expect(solo.all('behind', solo.advance(500))).toMatchObject([{ height: 2 }]);
    solo.catchUpTo(2, 'b2');
    expect(solo.signed('new-view')).toHaveLength(1);
  });

  test('an own NEW-VIEW that comes back late does not lead back from a higher view', () => {
    const solo = new Solo({ self: 1 });
    solo.advance(1_000);
    solo.message(viewChangeOf(1, emptyBody, idOf(2)));
    solo.holdIntents = true;
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    expect(solo.held.map(({ kind }) => kind)).toEqual(['new-view']);
    const bodies = new Map([0, 2, 3].map((index) => [index, emptyBody]));
    solo.message(newViewFor(solo, 3, bodies, []));
    expect(solo.view().view).toBe(3);
    solo.release();
    expect(solo.view()).toMatchObject({ view: 3, primary: 'v3' });
  });

  test('who was left behind by more than the window opens no view whose batches have left', () => {
    const solo = new Solo({ self: 1 });
    const gone = batchOf(1_000_000, idOf(0), 'gone');
    const late = batchOf(1_000_000, idOf(0), 'late');
    const [goneDigest, lateDigest] = [batchDigest(gone), batchDigest(late)];
    const body = bodyWith(
      preparedOf(solo.config, 0, 1, goneDigest),
      preparedOf(solo.config, 0, 2, lateDigest),
    );
    solo.message(viewChangeOf(1, body, idOf(2)));
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    solo.answer(goneDigest, gone);
    solo.catchUpTo(5, 'b5');
    solo.answer(lateDigest, late);
    expect(solo.signed('pre-prepare')).toEqual([]);
    expect(solo.signed('new-view')).toEqual([]);
    expect(solo.view()).toMatchObject({ changingTo: 1 });
  });

  test('PRE-PREPAREs signed before a restart bind; if the VIEW-CHANGEs say otherwise it asks for the next view', () => {
    const restored = {
      viewChange: viewChangeOf(1, emptyBody, idOf(1)),
      votes: [voteOf('pre-prepare', 1, 1, digest, idOf(1))],
      batches: new Map([[digest, batch]]),
    };
    const solo = new Solo({ self: 1, restored });
    solo.message(viewChangeOf(1, bodyWith(preparedOf(solo.config, 0, 1, thirdDigest)), idOf(2)));
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    expect(solo.signed('new-view')).toEqual([]);
    expect(solo.view().changingTo).toBe(2);
  });

  test('a PRE-PREPARE signed before a restart that the VIEW-CHANGEs leave out binds as well', () => {
    const carried = batchOf(1_000_000, idOf(0), 'carried');
    const restored = {
      viewChange: viewChangeOf(1, emptyBody, idOf(1)),
      votes: [voteOf('pre-prepare', 1, 1, batchDigest(carried), idOf(1))],
      batches: new Map([[batchDigest(carried), carried]]),
    };
    const solo = new Solo({ self: 1, restored });
    solo.message(viewChangeOf(1, emptyBody, idOf(2)));
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    expect(solo.signed('new-view')).toEqual([]);
    expect(solo.view().changingTo).toBe(2);
  });

  test('what it signed for a height that is certified by now left the store: after a restart it takes the next view', () => {
    const certified = { height: 1 as Height, block: 'b1' as never };
    const certificate = certificateOf(new Solo().config, 1, 'b1');
    const solo = new Solo({
      self: 1,
      restored: {
        viewChange: viewChangeOf(1, emptyBody, idOf(1)),
        certified: { ...certified, certificate },
      },
    });
    solo.message(viewChangeOf(1, bodyWith(preparedOf(solo.config, 0, 1, thirdDigest)), idOf(2)));
    solo.message(viewChangeOf(1, emptyBody, idOf(3)));
    solo.answer(thirdDigest, third);
    expect(solo.signed('pre-prepare')).toEqual([]);
    expect(solo.view().changingTo).toBe(2);
  });
});

describe('V3, N5: NEW-VIEW at the backups', () => {
  test('a re-proposed batch is accepted without checks of time, from its holders, and voted for', () => {
    const solo = new Solo({ self: 2 });
    const old = batchOf(1, idOf(0), 'old');
    const oldDigest = batchDigest(old);
    const bodies = new Map([
      [0, bodyWith(preparedOf(solo.config, 0, 1, oldDigest))],
      [1, emptyBody],
      [3, emptyBody],
    ]);
    const outputs = solo.message(newViewFor(solo, 1, bodies, [oldDigest]));
    expect(solo.all('check-batch', outputs)).toMatchObject([
      { digest: oldDigest, reproposal: true, holders: ['v1', 'v0', 'v3'] },
    ]);
    expect(solo.signed('prepare', solo.answer(oldDigest, old))).toMatchObject([{ view: 1, sequence: 1 }]);
  });

  test('who executed it votes again, shows its seal again and does not execute again', () => {
    const solo = new Solo({ self: 2 });
    solo.order(1, batch);
    const bodies = new Map([
      [0, bodyWith(preparedOf(solo.config, 0, 1, digest))],
      [1, emptyBody],
      [3, emptyBody],
    ]);
    const outputs = solo.message(newViewFor(solo, 1, bodies, [digest]));
    expect(solo.signed('prepare', outputs)).toMatchObject([{ view: 1, content: digest }]);
    expect(solo.signed('seal', outputs)).toEqual([]);
    expect(solo.all('execute', outputs)).toEqual([]);
    expect(solo.all('send', outputs).map(({ to, messages }) => [to, messages[0]!.kind])).toEqual([
      ['v0', 'seal'],
      ['v1', 'seal'],
      ['v3', 'seal'],
    ]);
  });

  test('who lacks min-s enters the view and votes in it only after catching up', () => {
    const solo = new Solo({ self: 2 });
    const ahead = { height: 2 as Height, certificate: certificateOf(solo.config, 2, 'b2'), prepared: [] };
    const bodies = new Map([
      [0, ahead],
      [1, emptyBody],
      [3, emptyBody],
    ]);
    solo.message(newViewFor(solo, 1, bodies, []));
    solo.propose(3, ofNext, 1);
    expect(solo.view().view).toBe(1);
    expect(solo.signed('prepare')).toEqual([]);
    expect(solo.signed('prepare', solo.catchUpTo(2, 'b2'))).toMatchObject([{ view: 1, sequence: 3 }]);
  });

  test('a NEW-VIEW is accepted at any distance (V5)', () => {
    const solo = new Solo({ self: 2 });
    const bodies = new Map([0, 1, 3].map((index) => [index, emptyBody]));
    solo.message(newViewFor(solo, 1_000_001, bodies, []));
    expect(solo.view()).toMatchObject({ view: 1_000_001, primary: 'v1' });
  });

  test('a PRE-PREPARE that contradicts the NEW-VIEW is equivocation', () => {
    const solo = new Solo({ self: 2 });
    const bodies = new Map([
      [0, bodyWith(preparedOf(solo.config, 0, 1, digest))],
      [1, emptyBody],
      [3, emptyBody],
    ]);
    solo.message(newViewFor(solo, 1, bodies, [digest]));
    const outputs = solo.message(proposalOf(solo.config, 1, 1, third));
    expect(solo.all('evidence', outputs)).toHaveLength(1);
    expect(solo.view().changingTo).toBe(2);
  });

  test('after a restart in a view, nothing is accepted before its NEW-VIEW is here again', () => {
    const restored = {
      votes: [voteOf('prepare', 1, 1, digest, idOf(2))],
      batches: new Map([[digest, batch]]),
    };
    const solo = new Solo({ self: 2, restored });
    const bodies = new Map([
      [0, bodyWith(preparedOf(solo.config, 0, 2, thirdDigest))],
      [1, emptyBody],
      [3, emptyBody],
    ]);
    solo.propose(2, batchOf(1_000_000, idOf(1), 'rival'), 1);
    expect(solo.view().view).toBe(1);
    expect(solo.signed('prepare')).toEqual([]);
    solo.message(newViewFor(solo, 1, bodies, [nullBatchDigest, thirdDigest]));
    expect(solo.all('evidence')).toHaveLength(1);
  });
});

describe('V4: the timer', () => {
  const ask = (solo: Solo, view: number, peer: number) =>
    solo.message(viewChangeOf(view, emptyBody, idOf(peer)));

  test('starts when Q distinct senders ask for the view or higher, and doubles per failed view', () => {
    const solo = new Solo({ self: 3 });
    solo.advance(1_000);
    solo.advance(60_000);
    expect(solo.view().changingTo).toBe(1);
    ask(solo, 1, 0);
    ask(solo, 2, 1);
    expect(solo.view().changingTo).toBe(1);
    solo.advance(1_999);
    expect(solo.view().changingTo).toBe(1);
    solo.advance(1);
    expect(solo.view().changingTo).toBe(2);
    ask(solo, 2, 0);
    solo.advance(3_999);
    expect(solo.view().changingTo).toBe(2);
    solo.advance(1);
    expect(solo.view().changingTo).toBe(3);
  });

  test('two messages of one sender are one sender', () => {
    const solo = new Solo({ self: 3 });
    solo.advance(1_000);
    ask(solo, 1, 0);
    ask(solo, 2, 0);
    solo.advance(60_000);
    expect(solo.view().changingTo).toBe(1);
  });

  test('is capped, and resets after progress', () => {
    const solo = new Solo({ self: 3, parameters: { viewTimeoutMaxMs: 5_000 } });
    solo.advance(1_000);
    for (let view = 1; view < 30; view += 1) {
      ask(solo, view + 1, 1);
      ask(solo, view, 0);
      solo.advance(5_000);
      expect(solo.view().changingTo).toBe(view + 1);
    }
    const view = 30;
    const bodies = new Map([0, 1, 2].map((index) => [index, emptyBody]));
    solo.message(newViewFor(solo, view, bodies, []));
    solo.certify(1, batchOf(solo.wallMs, idOf(2), 'x'));
    expect(solo.view().certified).toBe(1);
    solo.advance(5_000);
    ask(solo, view + 2, 1);
    ask(solo, view + 1, 0);
    solo.advance(2_000);
    expect(solo.view().changingTo).toBe(view + 2);
  });
});

describe('V5: joining', () => {
  test('f+1 VIEW-CHANGEs above ours: the smallest of them', () => {
    const solo = new Solo({ n: 7, self: 6 });
    solo.message(viewChangeOf(5, emptyBody, idOf(0)));
    solo.message(viewChangeOf(9, emptyBody, idOf(1)));
    expect(solo.view().changingTo).toBeUndefined();
    solo.message(viewChangeOf(7, emptyBody, idOf(2)));
    expect(solo.signed('view-change')).toMatchObject([{ view: 5 }]);
  });

  test('n < 4 has f = 0: one is enough', () => {
    const solo = new Solo({ n: 3, self: 2 });
    solo.message(viewChangeOf(1, emptyBody, idOf(1)));
    expect(solo.view().changingTo).toBe(1);
  });
});

describe('V6: what a peer lacks is sent again', () => {
  test('votes and seals above its h, the certificate, the NEW-VIEW by any holder', () => {
    const solo = new Solo({ self: 2 });
    solo.certify(1, batch);
    const bodies = new Map([0, 1, 3].map((index) => [index, emptyBody]));
    const newView = newViewFor(solo, 1, bodies, []);
    solo.message(newView);
    solo.propose(2, ofNext, 1);
    solo.advance(250);
    const status = { epoch: solo.config.epoch, view: 0 as never, height: 0 as Height, executed: 0 as Height };
    const [sent] = solo.all('send', solo.feed({ type: 'peer-status', from: idOf(3), status }));
    expect(sent).toMatchObject({ to: 'v3', certificate: { height: 1 } });
    expect(sent!.messages.map(({ kind }) => kind)).toEqual(['new-view', 'prepare']);
    expect(sent!.messages[0]).toBe(newView);
    const upToDate = { ...status, view: 1 as never, height: 2 as Height };
    expect(solo.all('send', solo.feed({ type: 'peer-status', from: idOf(3), status: upToDate }))).toEqual([]);
  });
});

describe('all replicas through view changes', () => {
  test.each([4, 5, 7])('%i validators go on without their primary', (n) => {
    const cluster = new Cluster(n);
    cluster.submit('t1');
    cluster.settle();
    cluster.crash(0);
    cluster.submit('t2');
    cluster.advance(3_000);
    expect(cluster.heights().slice(1)).toEqual(Array.from({ length: n - 1 }, () => 2));
    expect(cluster.violations).toEqual([]);
  });

  test('n = 2 and 3: a primary accused of nothing but a missed deadline is replaced, and all go on', () => {
    for (const n of [2, 3]) {
      const cluster = new Cluster(n);
      cluster.autoPropose = false;
      cluster.submit('t1');
      cluster.advance(4_100);
      cluster.autoPropose = true;
      cluster.advance(2_000);
      expect(cluster.heights()).toEqual(Array.from({ length: n }, () => 1));
      expect(cluster.view(0).view).toBeGreaterThan(0);
    }
  });

  test('n = 1: a lone validator suspects itself, opens the next view alone and goes on', () => {
    const cluster = new Cluster(1);
    cluster.autoPropose = false;
    cluster.submit('t1');
    cluster.advance(4_100);
    expect(cluster.view(0).view).toBe(1);
    cluster.autoPropose = true;
    cluster.submit('t2');
    cluster.settle();
    expect(cluster.heights()).toEqual([1]);
  });

  test('a batch that prepared is carried across two views and ordered there', () => {
    const cluster = new Cluster(4);
    cluster.links = (_from, _to, message) => message?.kind !== 'commit';
    cluster.submit('t1');
    cluster.settle();
    expect(cluster.heights()).toEqual([0, 0, 0, 0]);
    cluster.links = (from, _to, message) =>
      from !== idOf(0) && message?.kind !== 'commit' && message?.kind !== 'new-view';
    cluster.advance(4_000);
    cluster.links = (from) => from !== idOf(0);
    cluster.advance(20_000);
    expect(Math.min(...cluster.heights().slice(1))).toBeGreaterThanOrEqual(1);
    expect(cluster.view(1).view).toBeGreaterThanOrEqual(2);
    const proposed = cluster.intents(0, 'pre-prepare')[0];
    expect(cluster.outputsOf(1, 'execute')[0]).toMatchObject({
      height: 1,
      digest: proposed && 'content' in proposed && proposed.content,
    });
    expect(cluster.violations).toEqual([]);
  });

  test('two of four dead: nothing is certified, and it resumes when one returns', () => {
    const cluster = new Cluster(4);
    cluster.crash(0);
    cluster.crash(3);
    cluster.submit('t1');
    cluster.advance(20_000);
    expect(cluster.certified.size).toBe(0);
    cluster.restart(3);
    cluster.advance(20_000);
    expect(cluster.heights().slice(1)).toEqual([1, 1, 1]);
    expect(cluster.violations).toEqual([]);
  });
});
