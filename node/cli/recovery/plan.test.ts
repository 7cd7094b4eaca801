import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decodeRecoveryContent,
  encodeRecoveryContent,
  recoveryDigest,
  statementSigningBytes,
} from '../../../shared/codec/recovery.ts';
import type { BlockHash, Height, Signature, ValidatorId } from '../../../shared/types/brands.ts';
import type { RecoverySeat } from '../../../shared/types/recovery.ts';
import { combine } from './combine.ts';
import type { StatementFile } from './files.ts';
import { makePlan } from './make-plan.ts';
import { makeStatement } from './make-statement.ts';
import {
  accepted,
  bundleOf,
  joining,
  machine,
  newSet,
  nowMs,
  refusal,
  removeMachines,
  type Scene,
  scene,
  storyOf,
  survivor,
  wishesOf,
} from './test-scene.ts';
import { atNode, fill, sign, signedBy } from './test-support.ts';

afterAll(removeMachines);

describe('a plan', () => {
  let made: Scene;
  beforeAll(async () => {
    made = await scene();
  });
  const planned = (statements: readonly StatementFile[], changes: object = {}): Promise<string> =>
    refusal(makePlan(statements, wishesOf(made.story.network, changes)));

  test('of too few survivors is none; fenced ones count, and the loss is named', async () => {
    const [v1, , v5, v6] = made.statements as readonly [
      StatementFile,
      StatementFile,
      StatementFile,
      StatementFile,
    ];
    const seats = { validators: ['v1', 'v5', 'v6'] };
    expect(await planned([v1, v5, v6], seats)).toBe('recovery-refused: recovery-too-few-validators');
    // Three where there were four tolerate no liar.
    expect(await planned([v1, v5, v6], { ...seats, fenced: ['v3'] })).toBe('recovery-refused: recovery-set');
    const plan = await makePlan(made.statements, wishesOf(made.story.network, { fenced: ['v3'] }));
    const { happened } = await bundleOf(plan, made.story.network);
    expect(happened).toMatchObject({ fenced: ['v3'], loss: 'if-lied' });
  });

  test('without any survivor is none', async () => {
    expect(await planned(made.statements.slice(2))).toBe('no-survivor');
  });

  test.each<[string, object, string]>([
    ['somebody fenced who took part', { fenced: ['v1'] }, 'recovery-refused: recovery-stranger'],
    ['a stranger fenced', { fenced: ['v9'] }, 'recovery-refused: recovery-stranger'],
    ['a validator without a statement', { validators: [...newSet, 'v7'] }, 'seat-missing'],
    ['another network', { network: 'ab'.repeat(32) }, 'wrong-network'],
  ])('with %s is none', async (_name, changes, code) => {
    expect(await planned(made.statements, changes)).toBe(code);
  });

  test('ends where two different blocks of one height were sealed', async () => {
    const other = storyOf(3);
    other.block({ sender: 'm2.clerk' });
    const liar = await survivor(other, 'v3', 4);
    const statement = await atNode(liar, (node) => makeStatement(node, {}));
    expect(await planned([...made.statements, statement])).toBe('conflicting-blocks');
  });

  test('takes nobody twice', async () => {
    expect(await planned([...made.statements, made.statements[0]!])).toBe('statement-twice');
  });

  test('believes no statement that its validator did not sign', async () => {
    const [v1, ...others] = made.statements as readonly [StatementFile, ...StatementFile[]];
    const forged = v1.word!.statement.signature.with(3, v1.word!.statement.signature[3]! ^ 1) as Signature;
    const word = { ...v1.word!, statement: { ...v1.word!.statement, signature: forged } };
    expect(await planned([{ ...v1, word }, ...others])).toBe('recovery-refused: recovery-statement');
  });
});

describe('a liar that hides what it sealed', () => {
  test('loses a block where no more than n − Q + 1 took part, and the honest one does not accept that', async () => {
    const { story, nodes, statements } = await scene();
    const [v1, v2, ...fresh] = statements as readonly [StatementFile, StatementFile, ...StatementFile[]];
    // v1 sealed 4 and 5, and says that it sealed nothing above 3; v2 sealed 4.
    const said = {
      validator: 'v1' as ValidatorId,
      height: 3 as Height,
      block: story.blocks[2]!.block.hash,
    };
    const message = statementSigningBytes(story.network, v1.word!.epoch, said);
    const lie = { ...said, signature: sign('v1 consensus', message) };
    const lying = { ...v1, word: { ...v1.word!, statement: lie, blocks: [] } };
    const plan = await makePlan([lying, v2, ...fresh], wishesOf(story.network));
    expect(decodeRecoveryContent(plan.content).headers).toHaveLength(1);
    const { bundle, happened } = await bundleOf(plan, story.network);
    expect(happened.loss).toBe('if-lied');
    // Whoever sealed block 5 as well, and was thought to be dead, finds its seal lost.
    const returned = await survivor(story, 'v3', 5);
    expect(await refusal(accepted(returned, bundle))).toBe('sealed-above-recovery');
    expect(await accepted(returned, bundle, { giveUpSealed: true })).toMatchObject({ votes: false });
    // Whoever has the certified block accepts on no condition.
    const holder = await machine('v4');
    await fill(holder, story, { certified: 5, sealed: 5 });
    const insisting = accepted(holder, bundle, { giveUpSealed: true });
    expect(await refusal(insisting)).toBe('certified-above-recovery');
    expect(nodes.size).toBe(4);
  });

  test('or that plans without the word of another is not followed by that one', async () => {
    const { story, nodes, statements } = await scene();
    const [{ word: _, ...wordless }, ...others] = statements as readonly [StatementFile, ...StatementFile[]];
    const plan = await makePlan([wordless, ...others], wishesOf(story.network, { fenced: ['v3'] }));
    const { bundle } = await bundleOf(plan, story.network);
    const v1 = nodes.get('v1')!;
    expect(await refusal(accepted(v1, bundle))).toBe('sealed-above-recovery');
    expect(await accepted(v1, bundle, { giveUpSealed: true })).toMatchObject({ votes: true });
  });

  test('that hides the other way, and makes up a block with a transaction of somebody else, is found out', async () => {
    const story = storyOf(3);
    story.block({ forged: true });
    const v1 = await survivor(story, 'v1', 4);
    const v2 = await survivor(story, 'v2', 3);
    const [v5, v6] = [await machine('v5'), await machine('v6')];
    const statements = [
      await atNode(v1, (node) => makeStatement(node, {})),
      await atNode(v2, (node) => makeStatement(node, {})),
      await atNode(v5, (node) => makeStatement(node, joining('v5'))),
      await atNode(v6, (node) => makeStatement(node, joining('v6'))),
    ];
    const { bundle } = await bundleOf(await makePlan(statements, wishesOf(story.network)), story.network);
    expect(await refusal(accepted(v2, bundle))).toBe('recovered-block-invalid');
  });

  test('that lays its block into the future is found out', async () => {
    const story = storyOf(3);
    story.block({ time: nowMs + 3_600_000 });
    const v1 = await survivor(story, 'v1', 4);
    const v2 = await survivor(story, 'v2', 3);
    const [v5, v6] = [await machine('v5'), await machine('v6')];
    const statements = [
      await atNode(v1, (node) => makeStatement(node, {})),
      await atNode(v2, (node) => makeStatement(node, {})),
      await atNode(v5, (node) => makeStatement(node, joining('v5'))),
      await atNode(v6, (node) => makeStatement(node, joining('v6'))),
    ];
    const { bundle } = await bundleOf(await makePlan(statements, wishesOf(story.network)), story.network);
    expect(await refusal(accepted(v2, bundle))).toBe('block-time-ahead');
  });
});

describe('signatures', () => {
  let made: Scene;
  beforeAll(async () => {
    made = await scene();
  });
  const combined = (signers: readonly string[]): Promise<string> =>
    refusal(bundleOf(made.plan, made.story.network, signers));
  const fileOf = (identity: string, content = made.plan.content) => ({
    network: made.story.network,
    recovery: recoveryDigest(made.plan.content),
    signature: signedBy(made.story.network, content, identity),
  });

  test('of no more than half of the members are too few', async () => {
    expect(await combined(['m1', 'm2'])).toBe('recovery-refused: recovery-too-few-members');
    expect(await combined(['m1', 'm2', 'm4'])).toBe('nothing');
  });

  test('count once for each member, and nobody signs twice', async () => {
    expect(await combined(['m1', 'm1', 'm2', 'm3'])).toBe('signature-twice');
  });

  test('of who is no admin do not count', async () => {
    const files = ['m1.admin', 'm2.admin', 'm3.clerk'].map((identity) => fileOf(identity));
    expect(await refusal(combine(made.plan, files, made.story.network))).toBe(
      'recovery-refused: recovery-admin',
    );
  });

  test('of another recovery, or by another key, are refused by name', async () => {
    const other = { ...fileOf('m1.admin'), recovery: recoveryDigest(new Uint8Array([1])) };
    expect(await refusal(combine(made.plan, [other], made.story.network))).toBe(
      'signature-of-other-recovery',
    );
    const files = [fileOf('m1.admin'), fileOf('m2.admin'), fileOf('m3.admin', new Uint8Array([1]))];
    const bad = refusal(combine(made.plan, files, made.story.network));
    expect(await bad).toBe('recovery-refused: recovery-signature');
  });
});

describe('a certificate that was changed', () => {
  let made: Scene;
  beforeAll(async () => {
    made = await scene();
  });

  /** Signed again by the admins: only the change can be what fails. */
  async function changed(
    change: (content: ReturnType<typeof decodeRecoveryContent>) => object,
  ): Promise<string> {
    const content = decodeRecoveryContent(made.plan.content);
    const bytes = encodeRecoveryContent({ ...content, ...change(content) });
    return refusal(bundleOf({ ...made.plan, content: bytes }, made.story.network));
  }
  const seat = (change: Partial<RecoverySeat>) => (content: { validators: readonly RecoverySeat[] }) => ({
    validators: content.validators.map((one, index) => (index === 0 ? { ...one, ...change } : one)),
  });

  test.each<[string, Parameters<typeof changed>[0], string]>([
    ['names another network', () => ({ network: 'ab'.repeat(32) }), 'wrong-network'],
    ['begins another epoch', ({ epoch }) => ({ epoch: epoch + 1 }), 'recovery-epoch'],
    ['leaves a block out', ({ headers }) => ({ headers: headers.slice(1) }), 'height'],
    [
      'keeps less than was sealed',
      ({ headers }) => ({ headers: headers.slice(0, 1) }),
      'recovery-sealed-above',
    ],
    ['begins at genesis', ({ headers }) => ({ base: { header: headers[0]! } }), 'recovery-base'],
    [
      'has no seals on its first block',
      ({ base }) => ({ base: { ...base, certificate: { ...base.certificate!, seals: [] } } }),
      'too-few-signers',
    ],
    [
      'says that another block was sealed',
      ({ survivors }) => ({
        survivors: survivors.map((one) => ({ ...one, block: 'ab'.repeat(32) as BlockHash })),
      }),
      'recovery-statement',
    ],
    ['names nobody who survived', () => ({ survivors: [] }), 'recovery-too-few-validators'],
    [
      'gives a seat another key',
      seat({ consensusKey: 'ab'.repeat(32) as RecoverySeat['consensusKey'] }),
      'recovery-possession',
    ],
    ['gives a seat to a stranger', seat({ member: 'm9' as RecoverySeat['member'] }), 'recovery-set'],
    [
      'gives two seats one node key',
      ({ validators }) => ({
        validators: validators.map((one) => ({ ...one, nodeKey: validators[0]!.nodeKey })),
      }),
      'recovery-set',
    ],
    ['has three validators', ({ validators }) => ({ validators: validators.slice(1) }), 'recovery-set'],
  ])('because it %s is refused', async (_name, change, reason) => {
    expect(await changed(change)).toBe(`recovery-refused: ${reason}`);
  });

  test('in what it proves of the state is refused', async () => {
    const { records } = made.plan;
    const bent = records.map((record, index) =>
      index === 0 ? { ...record, value: new Uint8Array([1]) } : record,
    );
    const without = records.filter(({ key }) => key !== 'network/members/m3');
    for (const wrong of [bent, without])
      expect(await refusal(bundleOf({ ...made.plan, records: wrong }, made.story.network))).toBe(
        'recovery-refused: recovery-record',
      );
  });
});
