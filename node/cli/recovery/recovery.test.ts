/**
 * The way back when a quorum is gone for good, with real files and signatures: who may plan it, what ends it, what a
 * node refuses to accept, and that a kill at any step leaves nothing half-believed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decodeRecovery,
  decodeRecoveryContent,
  encodeRecovery,
  encodeRecoveryContent,
  recoveryDigest,
  statementSigningBytes,
} from '../../../shared/codec/recovery.ts';
import type {
  BlockHash,
  Height,
  Incarnation,
  NetworkId,
  Signature,
  ValidatorId,
} from '../../../shared/types/brands.ts';
import type { RecoverySeat } from '../../../shared/types/recovery.ts';
import { startTime } from '../../ledger/test-support.ts';
import { openLedgerReader } from '../../storage/ledger-reader.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../storage/test-support.ts';
import type { CliError } from '../cli-error.ts';
import { rebuildLedger } from '../ledger/rebuild-ledger.ts';
import { type AcceptStep, acceptRecovery } from './accept.ts';
import { combine } from './combine.ts';
import {
  type BundleFile,
  decodeRecoveryFile,
  encodeRecoveryFile,
  type PlanFile,
  type StatementFile,
} from './files.ts';
import { makePlan } from './make-plan.ts';
import { draftStatement, makeStatement } from './make-statement.ts';
import { atNode, createMachine, fill, opened, Story, sign, signedBy } from './test-support.ts';

/** Blocks 1…3 are certified everywhere; 4 and 5 were sealed by v1 and v2, 4 alone by v2. */
const certified = 3;
const newSet = ['v1', 'v2', 'v5', 'v6'];
let place: TemporaryDirectory;
let machines = 0;
beforeAll(() => {
  place = temporaryDirectory();
});
afterAll(() => place.remove());

const machine = (id: string): Promise<string> => createMachine(join(place.path, `${machines++}`), id);
const nowMs = startTime + 60_000;

function storyOf(blocks: number): Story {
  const story = new Story();
  for (let count = 0; count < blocks; count += 1) story.block();
  return story;
}

interface Scene {
  readonly story: Story;
  readonly nodes: ReadonlyMap<string, string>;
  readonly statements: readonly StatementFile[];
  readonly plan: PlanFile;
  readonly bundle: BundleFile;
}

async function survivor(story: Story, id: string, sealed: number): Promise<string> {
  const nodeFile = await machine(id);
  await fill(nodeFile, story, { certified, sealed });
  return nodeFile;
}

const joining = (id: string) => ({
  member: id === 'v5' ? 'm3' : 'm4',
  address: `wss://127.0.0.1:${22_500 + Number(id.slice(1)) - 1}`,
  gateway: `http://127.0.0.1:${22_550 + Number(id.slice(1)) - 1}`,
});

const wishesOf = (network: NetworkId, changes: object = {}) => ({
  network,
  reason: 'a fire',
  validators: newSet,
  fenced: [] as readonly string[],
  ...changes,
});

async function bundleOf(plan: PlanFile, network: NetworkId, signers: readonly string[] = ['m1', 'm2', 'm3']) {
  const signatures = signers.map((member) => ({
    network,
    recovery: recoveryDigest(plan.content),
    signature: signedBy(network, plan.content, `${member}.admin`),
  }));
  const { certificate, happened } = await combine(plan, signatures, network);
  const { chain, blocks } = plan;
  return { bundle: { recovery: encodeRecovery(certificate), chain, blocks }, happened };
}

/** v1 sealed up to block 5, v2 up to 4; v3 and v4 are gone; v5 and v6 are new. */
async function scene(): Promise<Scene> {
  const story = storyOf(5);
  const nodes = new Map<string, string>([
    ['v1', await survivor(story, 'v1', 5)],
    ['v2', await survivor(story, 'v2', 4)],
    ['v5', await machine('v5')],
    ['v6', await machine('v6')],
  ]);
  const statements: StatementFile[] = [];
  for (const [id, nodeFile] of nodes)
    statements.push(
      await atNode(nodeFile, (node) => makeStatement(node, newSet.slice(2).includes(id) ? joining(id) : {})),
    );
  const plan = await makePlan(statements, wishesOf(story.network));
  const { bundle } = await bundleOf(plan, story.network);
  return { story, nodes, statements, plan, bundle };
}

const optionsFor = (bundle: BundleFile, done: (step: AcceptStep) => void = () => {}) => ({
  recovery: recoveryDigest(decodeRecovery(bundle.recovery).contentBytes),
  giveUpSealed: false,
  nowMs,
  done,
});

const accepted = (nodeFile: string, bundle: BundleFile, changes: object = {}) =>
  atNode(nodeFile, (node) => acceptRecovery(node, bundle, { ...optionsFor(bundle), ...changes }));

/** Code and reason of the refusal. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    const { code, facts } = error as CliError;
    return facts?.reason === undefined ? code : `${code}: ${facts.reason}`;
  }
  return 'nothing';
}

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
    const io = { out: () => {}, err: () => {}, terminal: null, nowMs: () => 0 };
    expect(await rebuildLedger(io, reader)).toMatchObject({ ok: true, figures: { height: 5 } });
    reader.close();
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
