/** Rules V2, V3, M2: what VIEW-CHANGE and NEW-VIEW must say, field by field (OSDI'99 §4.4). */
import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { encodeMessage } from '../../shared/codec/messages.ts';
import { type BatchDigest, epochOf, type Height, type View } from '../../shared/types/brands.ts';
import type {
  NewViewMessage,
  PreparedCertificate,
  SignedVote,
  ViewChangeMessage,
} from '../../shared/types/messages.ts';
import { certificateFault } from './certificate-check.ts';
import { planNewView } from './new-view-plan.ts';
import { nullBatchDigest } from './null-batch.ts';
import {
  batchOf,
  certificateOf,
  configOf,
  contentOf,
  idOf,
  newViewOf,
  preparedOf,
  viewChangeOf,
  voteOf,
} from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';
import { newViewFault, viewChangeFault } from './view-change-check.ts';

const config = configOf(4, 3);
const digest = batchDigest(batchOf(1, idOf(0), 'a'));
const other = batchDigest(batchOf(1, idOf(0), 'b'));
const prepared = preparedOf(config, 1, 6, digest);

function viewChange(prepares: readonly PreparedCertificate[] = [prepared], sender = 0): ViewChangeMessage {
  const certificate = certificateOf(config, 4, 'b4');
  return viewChangeOf(2, { height: 4 as Height, certificate, prepared: prepares }, idOf(sender));
}

const withBody = (body: Partial<ViewChangeMessage['body']>): ViewChangeMessage => ({
  ...viewChange(),
  body: { ...viewChange().body, ...body },
});
const withVote = (vote: Partial<SignedVote>): ViewChangeMessage => ({
  ...viewChange(),
  vote: { ...viewChange().vote, ...vote },
});
const withPrepared = (change: Partial<PreparedCertificate>): ViewChangeMessage =>
  viewChange([{ ...prepared, ...change }]);

describe('VIEW-CHANGE (V2)', () => {
  test('a valid one passes; so does height 0 without a certificate', () => {
    expect(viewChangeFault(config, viewChange())).toBeUndefined();
    expect(
      viewChangeFault(config, viewChangeOf(1, { height: 0 as Height, prepared: [] }, idOf(3))),
    ).toBeUndefined();
  });

  const stranger = { ...prepared.prepares[0]!, sender: idOf(9) };
  const doubled = [prepared.prepares[0]!, prepared.prepares[0]!];
  test.each<[string, ViewChangeMessage]>([
    ['kind', withVote({ kind: 'new-view' })],
    ['epoch', withVote({ epoch: epochOf(1) })],
    ['sequence', withVote({ sequence: 1 as Height })],
    ['view 0', withVote({ view: 0 as View })],
    ['sender', withVote({ sender: idOf(9) })],
    ['negative height', withBody({ height: -1 as Height })],
    ['certificate at height 0', withBody({ height: 0 as Height, prepared: [] })],
    ['height of the certificate', withBody({ height: 3 as Height })],
    [
      'epoch of the certificate',
      withBody({ certificate: { ...certificateOf(config, 4, 'x'), epoch: epochOf(1) } }),
    ],
    ['prepared at h', withPrepared({ sequence: 4 as Height })],
    ['prepared above the window', viewChange([preparedOf(config, 1, 9, digest)])],
    ['prepared in its own view', viewChange([preparedOf(config, 2, 6, digest)])],
    ['order of the prepared', viewChange([preparedOf(config, 1, 7, digest), prepared])],
    ['twice the same sequence', viewChange([preparedOf(config, 0, 6, digest), prepared])],
    ['prepared epoch', withPrepared({ epoch: epochOf(1) })],
    ['prepared view', withPrepared({ view: 0 as View })],
    ['prepared digest', withPrepared({ batch: other })],
    ['PRE-PREPARE of a backup', withPrepared({ prePrepare: { ...prepared.prePrepare, sender: idOf(2) } })],
    ['PRE-PREPARE kind', withPrepared({ prePrepare: { ...prepared.prePrepare, kind: 'prepare' } })],
    ['PRE-PREPARE digest', withPrepared({ prePrepare: { ...prepared.prePrepare, content: other } })],
    ['too few PREPAREs', withPrepared({ prepares: prepared.prepares.slice(1) })],
    [
      'more than Q−1 PREPAREs',
      withPrepared({ prepares: [...prepared.prepares, { ...stranger, sender: idOf(3) }] }),
    ],
    ['PREPAREs doubled', withPrepared({ prepares: doubled })],
    ['PREPARE of a stranger', withPrepared({ prepares: [prepared.prepares[0]!, stranger] })],
    [
      'PREPARE of the primary',
      withPrepared({ prepares: [prepared.prepares[0]!, { ...stranger, sender: idOf(1) }] }),
    ],
    [
      'PREPARE kind',
      withPrepared({ prepares: [prepared.prepares[0]!, { ...prepared.prepares[1]!, kind: 'commit' }] }),
    ],
    [
      'PREPARE view',
      withPrepared({ prepares: [prepared.prepares[0]!, { ...prepared.prepares[1]!, view: 0 as View }] }),
    ],
    [
      'PREPARE digest',
      withPrepared({ prepares: [prepared.prepares[0]!, { ...prepared.prepares[1]!, content: other }] }),
    ],
  ])('refused: %s', (_, message) => {
    expect(viewChangeFault(config, message)).toBeTypeOf('string');
  });

  test('a height without its certificate is refused, by the core with its rule', () => {
    const solo = new Solo();
    const bad = viewChangeOf(1, { height: 4 as Height, prepared: [] }, idOf(3));
    expect(solo.all('rejected', solo.message(bad))).toMatchObject([{ rule: 'V2', from: 'v3' }]);
    expect(solo.view().viewChanges).toEqual([]);
  });
});

describe('certificates (N7)', () => {
  const good = certificateOf(config, 4, 'b4');
  test.each([
    ['less than a quorum', { ...good, seals: good.seals.slice(1) }],
    ['doubled', { ...good, seals: [good.seals[0]!, good.seals[0]!, good.seals[1]!] }],
    ['unsorted', { ...good, seals: [...good.seals].reverse() }],
    [
      'of a stranger',
      { ...good, seals: [...good.seals.slice(1), { ...good.seals[0]!, validator: idOf(9) }] },
    ],
    ['genesis', { ...good, height: 0 as Height }],
  ])('refused: %s', (_, certificate) => {
    expect(certificateFault(config, good)).toBeUndefined();
    expect(certificateFault(config, certificate)).toBeTypeOf('string');
  });
});

describe('the plan of a new view (V3)', () => {
  test('highest h, highest prepared view per sequence, null batches between', () => {
    const messages = [
      viewChange([preparedOf(config, 0, 5, other), preparedOf(config, 0, 8, other)], 0),
      viewChange([preparedOf(config, 1, 5, digest)], 1),
      viewChangeOf(2, { height: 3 as Height, prepared: [preparedOf(config, 1, 4, digest)] }, idOf(2)),
    ];
    const plan = planNewView(messages);
    expect(plan).toMatchObject({ minSequence: 4, maxSequence: 8 });
    expect(plan.entries.map((entry) => entry.digest)).toEqual([
      digest,
      nullBatchDigest,
      nullBatchDigest,
      other,
    ]);
    expect(planNewView([...messages].reverse())).toEqual(plan);
  });

  test('nothing prepared: nothing to propose', () => {
    expect(planNewView([viewChange([], 0)])).toMatchObject({ minSequence: 4, maxSequence: 4, entries: [] });
  });
});

/** View 2 of four: its primary is v2. */
function newView(): NewViewMessage {
  const viewChanges = [viewChange([prepared], 0), viewChange([], 1), viewChange([], 3)];
  const prePrepares = [nullBatchDigest, digest].map((content, index) =>
    voteOf('pre-prepare', 2, 5 + index, content, idOf(2)),
  );
  return newViewOf(2, { viewChanges, prePrepares }, idOf(2));
}
const newViewVote = (vote: Partial<SignedVote>): NewViewMessage => ({
  ...newView(),
  vote: { ...newView().vote, ...vote },
});
const newViewBody = (body: Partial<NewViewMessage['body']>): NewViewMessage => ({
  ...newView(),
  body: { ...newView().body, ...body },
});
const { viewChanges, prePrepares } = newView().body;
const lastPrePrepare = (vote: Partial<SignedVote>): NewViewMessage =>
  newViewBody({ prePrepares: [prePrepares[0]!, { ...prePrepares[1]!, ...vote }] });

describe('NEW-VIEW (V3)', () => {
  const tampered: [string, NewViewMessage][] = [
    ['sender', newViewVote({ sender: idOf(1) })],
    ['view', newViewVote({ view: 3 as View })],
    ['sequence', newViewVote({ sequence: 1 as Height })],
    ['too few VIEW-CHANGEs', newViewBody({ viewChanges: viewChanges.slice(1) })],
    [
      'more than Q VIEW-CHANGEs',
      newViewBody({ viewChanges: [...viewChanges.slice(0, 2), viewChange([], 2), viewChanges[2]!] }),
    ],
    [
      'VIEW-CHANGE doubled',
      newViewBody({ viewChanges: [viewChanges[0]!, viewChanges[0]!, viewChanges[2]!] }),
    ],
    [
      'VIEW-CHANGE of a higher view',
      newViewBody({
        viewChanges: [
          ...viewChanges.slice(0, 2),
          { ...viewChanges[2]!, vote: { ...viewChanges[2]!.vote, view: 3 as View } },
        ],
      }),
    ],
    [
      'VIEW-CHANGE invalid',
      newViewBody({ viewChanges: [withPrepared({ batch: other }), ...viewChanges.slice(1)] }),
    ],
    ['a prepared batch left out', newViewBody({ prePrepares: [] })],
    [
      'one PRE-PREPARE too many',
      newViewBody({ prePrepares: [...prePrepares, voteOf('pre-prepare', 2, 7, nullBatchDigest, idOf(2))] }),
    ],
    ['a gap', newViewBody({ prePrepares: [prePrepares[1]!] })],
    ['order of PRE-PREPAREs', newViewBody({ prePrepares: [...prePrepares].reverse() })],
    ['null in place of the prepared digest', lastPrePrepare({ content: nullBatchDigest })],
    ['another digest', lastPrePrepare({ content: other })],
    ['PRE-PREPARE kind', lastPrePrepare({ kind: 'prepare' })],
    ['PRE-PREPARE epoch', lastPrePrepare({ epoch: epochOf(1) })],
    ['PRE-PREPARE view', lastPrePrepare({ view: 1 as View })],
    ['PRE-PREPARE sequence', lastPrePrepare({ sequence: 7 as Height })],
    ['PRE-PREPARE sender', lastPrePrepare({ sender: idOf(0) })],
  ];

  test('the untampered one is accepted', () => {
    expect(newViewFault(config, newView())).toBeUndefined();
    const solo = new Solo({ self: 3 });
    solo.message(newView());
    expect(solo.view().view).toBe(2);
  });

  test.each(tampered)('rejected with rule V3: %s', (_, message) => {
    const solo = new Solo({ self: 3 });
    const outputs = solo.message(message, idOf(2));
    expect(solo.all('rejected', outputs)).toMatchObject([{ rule: 'V3', from: 'v2' }]);
    expect(solo.view().view).toBe(0);
  });

  test('kind and epoch do not get that far (M3, E2)', () => {
    const otherKind = newViewVote({ kind: 'view-change' });
    const otherEpoch = newViewVote({ epoch: epochOf(1) });
    const solo = new Solo({ self: 3 });
    expect(solo.all('rejected', solo.message(otherKind))).toMatchObject([{ rule: 'M3' }]);
    expect(solo.message(otherEpoch)).toEqual([]);
    for (const message of [otherKind, otherEpoch]) expect(newViewFault(config, message)).toBeTypeOf('string');
  });

  test.each([4, 7, 10])('the largest legal one of %i validators is accepted (M2)', (n) => {
    const window = 16;
    const large = configOf(n, 0, { window });
    const q = Math.ceil((n + Math.floor((n - 1) / 3) + 1) / 2);
    const digests = Array.from({ length: window }, (_, i) => contentOf(i) as BatchDigest);
    const all = digests.map((content, i) => preparedOf(large, 0, 1 + i, content));
    const messages = Array.from({ length: q }, (_, i) =>
      viewChangeOf(1, { height: 0 as Height, prepared: all }, idOf(i)),
    );
    const message = newViewOf(
      1,
      {
        viewChanges: messages,
        prePrepares: digests.map((content, i) => voteOf('pre-prepare', 1, 1 + i, content, idOf(1))),
      },
      idOf(1),
    );
    const solo = new Solo({ n, self: n - 1, parameters: { window } });
    solo.message(message);
    expect(solo.view().view).toBe(1);
    expect(solo.all('check-batch')).toHaveLength(window);
    expect(encodeMessage(message).length).toBeLessThan(q * (window * (q + 1) + q + 2) * 400);
  });
});
