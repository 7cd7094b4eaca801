/**
 * The way back when a quorum is gone for good, with real files and signatures: who may plan it, what ends it, what a
 * node refuses to accept, and that a kill at any step leaves nothing half-believed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../../shared/codec/hex.ts';
import { decodeHeader, encodeHeader } from '../../../shared/codec/ledger.ts';
import {
  decodeRecovery,
  decodeRecoveryContent,
  encodeRecovery,
  encodeRecoveryContent,
  recoveryDigest,
} from '../../../shared/codec/recovery.ts';
import { epochOf, heightOf, type Incarnation } from '../../../shared/types/brands.ts';
import { openLedgerReader } from '../../storage/ledger-reader.ts';
import { rebuildLedger } from '../ledger/rebuild-ledger.ts';
import { runAt } from '../test-support/captured-io.ts';
import type { AcceptStep } from './accept.ts';
import { decodeRecoveryFile, encodeRecoveryFile } from './files.ts';
import { makePlan } from './make-plan.ts';
import { draftStatement, makeStatement } from './make-statement.ts';
import {
  accepted,
  bundleOf,
  machine,
  nowMs,
  refusal,
  removeMachines,
  type Scene,
  scene,
  storyOf,
  survivor,
  wishesOf,
} from './test-scene.ts';
import { atNode, fill, opened } from './test-support.ts';

afterAll(removeMachines);

describe('a recovery', () => {
  let made: Scene;
  beforeAll(async () => {
    made = await scene();
  });

  test('keeps the highest block that a survivor sealed, and says how sure that is', async () => {
    const content = decodeRecoveryContent(made.plan.content);
    expect(content.headers).toHaveLength(2);
    expect(content.survivors.map(({ validator, height }) => [validator, height])).toEqual([
      ['v1', 5],
      ['v2', 4],
    ]);
    const { happened } = await bundleOf(made.plan, made.story.network);
    expect(happened).toMatchObject({
      base: 3,
      height: 5,
      epoch: 1,
      of: 4,
      survivors: ['v1', 'v2'],
      loss: 'if-lied',
      signers: [{ member: 'm1' }, { member: 'm2' }, { member: 'm3' }],
    });
  });

  test('is made of files that decode to what was encoded, and of nothing else', () => {
    for (const file of [
      { kind: 'recovery-statement', ...made.statements[0]! },
      { kind: 'recovery-statement', ...made.statements[3]! },
      { kind: 'recovery-plan', ...made.plan },
      { kind: 'recovery-bundle', ...made.bundle },
    ] as const) {
      const bytes = encodeRecoveryFile(file);
      expect(encodeRecoveryFile(decodeRecoveryFile(bytes))).toEqual(bytes);
      expect(() => decodeRecoveryFile(bytes.subarray(0, -1))).toThrow();
    }
  });

  test('is accepted: blocks are kept, the vote store votes under its new name, another one is refused', async () => {
    const v1 = made.nodes.get('v1')!;
    expect(await accepted(v1, made.bundle)).toMatchObject({ added: 2, votes: true });
    expect(await accepted(v1, made.bundle)).toMatchObject({ added: 0, votes: true });
    await atNode(v1, ({ storage }) => {
      expect(storage.blocks.tip()).toMatchObject({ height: 5, certificate: { seals: [] } });
      expect(storage.votes.load()).toMatchObject({
        incarnation: made.statements[0]!.seat.incarnation,
        records: [],
      });
    });
    const other = await makePlan(made.statements, wishesOf(made.story.network, { reason: 'another reason' }));
    const { bundle } = await bundleOf(other, made.story.network);
    expect(await refusal(accepted(v1, bundle))).toBe('other-recovery');
  });

  test('is accepted by a machine that has nothing yet, and by who lags behind', async () => {
    expect(await accepted(made.nodes.get('v5')!, made.bundle)).toMatchObject({ added: 0, votes: true });
    const lagging = await machine('v4');
    await fill(lagging, made.story, { certified: 2, sealed: 2 });
    expect(await accepted(lagging, made.bundle)).toMatchObject({ added: 0, votes: false });
  });

  test('leaves a ledger that is rebuilt to equal roots', async () => {
    const v2 = made.nodes.get('v2')!;
    await accepted(v2, made.bundle);
    const reader = openLedgerReader(join(v2, '..'));
    const io = { out: () => {}, err: () => {}, terminal: null, pipe: null, nowMs: () => 0 };
    expect(await rebuildLedger(io, reader)).toMatchObject({ ok: true, figures: { height: 5 } });
    reader.close();
  });

  test('behind a block where another one begins is refused by name', async () => {
    const { contentBytes, content, ...rest } = decodeRecovery(made.bundle.recovery);
    const { header } = content.base;
    const uncertified = encodeRecoveryContent({ ...content, base: { header } });
    const recovery = encodeRecovery({ ...rest, content, contentBytes: uncertified });
    const bundle = { ...made.bundle, recovery };
    expect(await refusal(accepted(made.nodes.get('v6')!, bundle))).toBe('recovery-behind-recovery');
  });

  test('behind a hand-over is none behind another recovery, unless it ends a later epoch than that opened', async () => {
    const { contentBytes, content, ...rest } = decodeRecovery(made.bundle.recovery);
    const handOver = { ...decodeHeader(content.base.header), nextEpoch: epochOf(1) };
    const refusedFor = (epoch: number) => {
      const ending = { ...content, epoch: epochOf(epoch), base: { header: encodeHeader(handOver) } };
      const recovery = encodeRecovery({
        ...rest,
        content: ending,
        contentBytes: encodeRecoveryContent(ending),
      });
      const named = { recovery: 'ab'.repeat(32) };
      return refusal(accepted(made.nodes.get('v6')!, { ...made.bundle, recovery }, named));
    };
    expect(await refusedFor(2)).toBe('recovery-not-compared');
    expect(await refusedFor(3)).toBe('recovery-behind-recovery');
  });

  test('needs the digest that was compared', async () => {
    const named = { recovery: 'ab'.repeat(32) };
    expect(await refusal(accepted(made.nodes.get('v6')!, made.bundle, named))).toBe('recovery-not-compared');
  });
});

describe('an acceptance that is killed', () => {
  const steps: readonly AcceptStep[] = ['verified', 'accepted', 'block-kept', 'votes-renounced'];
  test.each(steps)('behind “%s” goes on when it is repeated', async (last) => {
    const { nodes, bundle } = await scene();
    const v1 = nodes.get('v1')!;
    const killed = accepted(v1, bundle, {
      done: (step: AcceptStep) => {
        if (step === last) throw Object.assign(new Error('killed'), { code: 'killed' });
      },
    });
    expect(await refusal(killed)).toBe('killed');
    expect(await accepted(v1, bundle)).toMatchObject({ votes: true });
    await atNode(v1, ({ storage }) => {
      expect(storage.blocks.tip().height).toBe(5);
      expect(storage.blocks.recoveries?.()).toHaveLength(1);
      expect(storage.votes.load().records).toEqual([]);
    });
  });
});

describe('an acceptance whose row was damaged', () => {
  const damages: readonly (readonly [string, string])[] = [
    ['certificate', 'UPDATE recoveries SET certificate = zeroblob(40)'],
    ['digest', "UPDATE recoveries SET row_check = x'00'"],
    ['epoch', 'UPDATE recoveries SET epoch = 9'],
  ];
  let made: Scene;
  beforeAll(async () => {
    made = await scene();
    await accepted(made.nodes.get('v1')!, made.bundle);
  });
  const ledgerOf = (nodeFile: string): string => join(nodeFile, '..', 'ledger.db');
  const damage = (nodeFile: string, statement: string): void => {
    const database = new Database(ledgerOf(nodeFile));
    database.exec(statement);
    database.close();
  };
  const digestOf = (bundle: Scene['bundle']): string =>
    recoveryDigest(decodeRecovery(bundle.recovery).contentBytes);
  const command = (nodeFile: string, bundle: Scene['bundle'], digest = digestOf(bundle)) => {
    const file = join(nodeFile, '..', `${digest.slice(0, 8)}.bundle`);
    writeFileSync(file, encodeRecoveryFile({ kind: 'recovery-bundle', ...bundle }));
    return runAt(nowMs, 'network', 'recover', 'accept', nodeFile, file, '--recovery', digest);
  };

  test.each(damages)(
    '%s: the node says so and what to do, and the same bundle puts it back',
    async (_, how) => {
      const v1 = made.nodes.get('v1')!;
      damage(v1, how);
      expect(await refusal(atNode(v1, () => undefined))).toBe('recovery-damaged');
      const { exitCode, err } = await command(v1, made.bundle);
      expect([exitCode, err]).toEqual([0, expect.stringContaining('put back: the certificate')]);
      await atNode(v1, ({ storage }) => {
        expect(storage.blocks.tip().height).toBe(5);
        expect(storage.blocks.recoveries?.().map(({ bytes }) => toHex(bytes))).toEqual([
          toHex(made.bundle.recovery),
        ]);
      });
    },
  );

  test('is not put back by another one than the operator compared, nor by one that does not hold', async () => {
    const v1 = made.nodes.get('v1')!;
    damage(v1, damages[0]![1]);
    const other = await command(v1, made.bundle, 'ab'.repeat(32));
    expect(other.err).toContain('[recovery-not-compared]');
    const { content, contentBytes, records } = decodeRecovery(made.bundle.recovery);
    const unsigned = encodeRecovery({ content, contentBytes, records, signatures: [] });
    const unproven = await command(v1, { ...made.bundle, recovery: unsigned });
    expect(unproven.err).toContain('[recovery-refused]');
    expect(await refusal(atNode(v1, () => undefined))).toBe('recovery-damaged');
    expect((await command(v1, made.bundle)).exitCode).toBe(0);
  });

  test('one that is whole is not touched: another one stays refused', async () => {
    const v1 = made.nodes.get('v1')!;
    const second = await makePlan(made.statements, wishesOf(made.story.network, { reason: 'another one' }));
    const { bundle } = await bundleOf(second, made.story.network);
    expect((await command(v1, bundle)).err).toContain('[other-recovery]');
  });
});

test('who lags behind the base is told at once of a set that is none on any state', async () => {
  const made = await scene();
  const content = decodeRecoveryContent(made.plan.content);
  const [first, second, ...others] = content.validators;
  const validators = [first!, { ...second!, address: first!.address }, ...others];
  const plan = { ...made.plan, content: encodeRecoveryContent({ ...content, validators }) };
  // Admins sign it and it verifies: addresses are no check's business but the ledger's.
  const { bundle } = await bundleOf(plan, made.story.network);
  const lagging = await machine('v4');
  await fill(lagging, made.story, { certified: 2, sealed: 2 });
  expect(await refusal(accepted(lagging, bundle))).toBe('recovery-refused');
});

describe('a statement', () => {
  test('renounces the votes before it is handed out, and says the same when it is asked again', async () => {
    const story = storyOf(5);
    const v1 = await survivor(story, 'v1', 5);
    const before = await atNode(v1, ({ storage }) => storage.votes.load().incarnation);
    const first = await atNode(v1, (node) => makeStatement(node, {}));
    await atNode(v1, ({ storage }) => {
      expect(storage.votes.load()).toEqual({ incarnation: first.seat.incarnation, records: [] });
    });
    expect(first.seat.incarnation).not.toBe(before);
    expect(await atNode(v1, (node) => makeStatement(node, {}))).toEqual(first);
  });

  test('that was killed before the votes were renounced is made anew: the votes went on', async () => {
    const story = storyOf(5);
    const v1 = await survivor(story, 'v1', 4);
    const early = await atNode(v1, (node) => draftStatement(node, {}, '00'.repeat(16) as Incarnation));
    const file = join(v1, '..', 'recovery-statement');
    writeFileSync(file, encodeRecoveryFile({ kind: 'recovery-statement', ...early }));
    await fill(v1, story, { certified: 4, sealed: 5 });
    const { seat, word } = await atNode(v1, (node) => makeStatement(node, {}));
    expect(seat.incarnation).not.toBe(early.seat.incarnation);
    expect(word?.statement.height).toBe(5);
  });

  test('still tells what was sealed after the ledger has grown by a certified block', async () => {
    const story = storyOf(5);
    const v1 = await survivor(story, 'v1', 5);
    await atNode(v1, (node) => makeStatement(node, {}));
    await fill(v1, story, { certified: 4, sealed: 4 });
    const { word } = await atNode(v1, (node) => makeStatement(node, {}));
    expect(word?.statement).toMatchObject({ height: 5 });
    expect(word?.blocks).toHaveLength(1);
  });

  test('says nothing of what was sealed where the votes were lost', async () => {
    const story = storyOf(5);
    const v1 = await survivor(story, 'v1', 5);
    await atNode(v1, ({ storage }) => new Promise((done) => storage.votes.renounce(done)));
    const first = await atNode(v1, (node) => makeStatement(node, {}));
    expect(first).not.toHaveProperty('word');
    expect(await atNode(v1, (node) => makeStatement(node, {}))).toEqual(first);
  });

  test('is not made on a ledger that was put back behind an epoch in which votes were given', async () => {
    const story = storyOf(5);
    const v1 = await survivor(story, 'v1', 4);
    const seal = {
      kind: 'seal' as const,
      epoch: epochOf(1),
      height: heightOf(9),
      block: story.blocks[4]!.block.hash,
    };
    await atNode(v1, ({ storage }) => new Promise<void>((done) => storage.votes.persist([seal], done)));
    expect(await refusal(atNode(v1, (node) => makeStatement(node, {})))).toBe('sealed-block-missing');
    await atNode(v1, ({ storage }) => {
      expect(storage.votes.load().records).toContainEqual(seal);
    });
  });

  test('renounces a vote store again that a recovery registered since', async () => {
    const { nodes, statements, bundle } = await scene();
    const v1 = nodes.get('v1')!;
    await accepted(v1, bundle);
    const next = await atNode(v1, (node) => makeStatement(node, {}));
    expect(next.word).toMatchObject({ epoch: 1, statement: { height: 5 } });
    expect(next.seat.incarnation).not.toBe(statements[0]!.seat.incarnation);
    await atNode(v1, ({ storage }) => {
      expect(storage.votes.load().incarnation).toBe(next.seat.incarnation);
    });
  });

  test('of a running node is not made', async () => {
    const story = storyOf(3);
    const v1 = await survivor(story, 'v1', 3);
    const running = opened(v1);
    expect(await refusal(atNode(v1, (node) => makeStatement(node, {})))).toBe('directory-locked');
    running.close();
  });

  test('of a new machine needs its member and addresses', async () => {
    const v5 = await machine('v5');
    expect(await refusal(atNode(v5, (node) => makeStatement(node, {})))).toBe('seat-incomplete');
  });
});
