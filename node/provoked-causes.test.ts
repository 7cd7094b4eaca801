/** Causes that need several nodes to come about: provoked among simulated ones, and told by the product's own account. */
import { describe, expect, it } from 'vitest';
import type { CauseCode, CauseJson, DiagnosisJson } from '../shared/api/diagnosis.ts';
import { epochOf, heightOf, type ValidatorId } from '../shared/types/brands.ts';
import type { ConsensusMessage } from '../shared/types/messages.ts';
import { type GatewayNodeParts, gatewayNodeOf } from './gateway-node.ts';
import { diagnose } from './runtime/diagnosis/diagnose.ts';
import type { Role } from './sim/roster.ts';
import { type Stage, setStage } from './sim/scenarios/stage.ts';

const [v0, v1, v2, v3] = ['v0', 'v1', 'v2', 'v3'] as [ValidatorId, ValidatorId, ValidatorId, ValidatorId];
const others = [v1, v2, v3];

/** So that nobody is replaced before a stall is called one. */
const patient = {
  primarySilenceMs: 1_500,
  viewTimeoutMs: 4_000,
  viewTimeoutMaxMs: 30_000,
  waitingTimeoutMs: 4_000,
};

const stageOf = (roles?: ReadonlyMap<ValidatorId, Role>): Stage => setStage(4, roles, patient);

/** As its gateway answers `GET diagnosis`. */
function diagnosisBy(stage: Stage, id: ValidatorId): DiagnosisJson {
  const node = stage.node(id)!;
  const nowMs = stage.nowMs();
  const peers = node.peers().map((peer) => ({
    id: peer.id,
    kind: 'validator',
    open: peer.open,
    ...(peer.silentMs !== undefined && { lastMessageAt: nowMs - peer.silentMs }),
  }));
  const { document } = stage.founding;
  const parts = {
    node,
    links: { peers: () => peers },
    membership: () => ({ epoch: epochOf(0), firstHeight: heightOf(1), ...document }),
    wallMs: () => nowMs,
    meter: { facts: () => ({}) },
    signer: { absence: () => undefined },
    sizes: () => ({}),
  };
  return diagnose(gatewayNodeOf(parts as unknown as GatewayNodeParts).diagnosis(undefined));
}

/** Lets time pass until this node names that cause. @returns it, with the whole answer */
function named(
  stage: Stage,
  by: ValidatorId,
  code: CauseCode,
  isIt: (cause: CauseJson) => boolean = () => true,
): { readonly cause: CauseJson; readonly answer: DiagnosisJson } {
  const find = (): CauseJson | undefined =>
    diagnosisBy(stage, by).causes.find((cause) => cause.code === code && isIt(cause));
  let ticks = 0;
  // A look costs more than a step, and what is looked for lasts.
  stage.runUntil(`${by} names ${code}`, () => ++ticks % 8 === 0 && find() !== undefined);
  return { cause: find()!, answer: diagnosisBy(stage, by) };
}

const isFrom =
  (kind: ConsensusMessage['kind'], ...ids: readonly ValidatorId[]) =>
  (from: ValidatorId, _to: ValidatorId, message: ConsensusMessage): boolean =>
    message.kind === kind && ids.includes(from);

describe('provoked and named', () => {
  it('votes that are missing: of which message and whom, with what is held and missing of each', () => {
    const stage = stageOf();
    stage.lose('no COMMIT of v2 and v3 arrives', isFrom('commit', v2, v3));
    stage.submit(v1, 'e1');
    const { cause, answer } = named(stage, v0, 'votes-missing');
    expect(cause).toMatchObject({
      severity: 'stall',
      act: [v2, v3],
      facts: { sequence: 1, message: 'commit', missing: [v2, v3] },
    });
    expect(answer.commits).toBe(false);
    expect(answer.sentence).toContain('waits for the COMMIT of v2 and v3');
    expect(answer.current.ballots.map(({ validator, commit }) => [validator, commit])).toEqual([
      [v0, 'held'],
      [v1, 'held'],
      [v2, 'missing'],
      [v3, 'missing'],
    ]);
  });

  it('a primary that orders nothing: first what is missing, then who is suspected, then by whom it was replaced', () => {
    const stage = stageOf();
    stage.lose('no PRE-PREPARE of v0 arrives', isFrom('pre-prepare', v0));
    stage.submit(v1, 'e1');
    const { cause: missing } = named(stage, v2, 'votes-missing');
    expect(missing.facts).toMatchObject({ message: 'pre-prepare', missing: [v0] });
    const { cause, answer } = named(stage, v2, 'primary-suspected', ({ severity }) => severity === 'stall');
    expect(cause).toMatchObject({ act: [v0], facts: { validator: v0, view: 0, reason: 'waiting' } });
    expect(answer.commits).toBe(false);
    stage.runUntil('it is ordered', () => others.every((id) => stage.height(id) === 1));
    const { cause: past, answer: later } = named(stage, v2, 'primary-suspected');
    expect(past).toMatchObject({ severity: 'notice', facts: { validator: v0, replacedIn: 1 } });
    expect(later.commits).toBe(true);
  });

  it('a view change that does not get through: who asks, how many are needed, who is missing', () => {
    const stage = stageOf();
    stage.lose(
      'no PRE-PREPARE and no VIEW-CHANGE arrives',
      (_from, _to, { kind }) => kind === 'pre-prepare' || kind === 'view-change',
    );
    stage.submit(v1, 'e1');
    const { cause } = named(stage, v2, 'view-change-open');
    expect(cause).toMatchObject({
      severity: 'stall',
      facts: { from: 0, to: 1, primary: v1, asking: [v2], missing: [v0, v1, v3], needed: 3 },
    });
  });

  it('one that comes back: that it starts, as it says itself, and how far behind it is, as others see it', () => {
    const stage = stageOf();
    stage.crash(v3);
    const all = [v0, v1, v2];
    for (let count = 1; count <= 40; count += 1) stage.submit(v1, `e${count}`);
    stage.runUntil('forty blocks', () => all.every((id) => stage.height(id) === 40));
    stage.start(v3);
    expect(named(stage, v3, 'node-starting').cause).toMatchObject({ act: [], facts: { validator: v3 } });
    const { cause } = named(
      stage,
      v0,
      'validator-behind',
      ({ facts }) => 'validator' in facts && facts.validator === v3,
    );
    expect(cause).toMatchObject({ severity: 'notice', facts: { validator: v3 } });
    stage.runUntil('v3 follows', () => stage.height(v3) === 40);
    stage.run(1_000);
    expect(diagnosisBy(stage, v0)).toMatchObject({ healthy: true, causes: [] });
  });

  it('one that answers and does not vote, then two: only who votes signs heartbeats', () => {
    const stage = stageOf();
    const mute: ValidatorId[] = [v3];
    stage.lose(
      'nobody hears that they vote',
      (from, _to, { kind }) => kind === 'heartbeat' && mute.includes(from),
    );
    const { cause, answer } = named(stage, v0, 'validator-not-voting');
    expect(cause).toMatchObject({ severity: 'impair', act: [v3], facts: { validator: v3 } });
    expect(answer).toMatchObject({ commits: true, healthy: false, quorum: { reachable: 4, voting: 3 } });
    mute.push(v2);
    const { cause: stall, answer: later } = named(stage, v0, 'quorum-not-voting');
    expect(stall).toMatchObject({ severity: 'stall', facts: { voting: 2, needed: 3, notVoting: [v2, v3] } });
    expect(later).toMatchObject({ commits: false, quorum: { reachable: 4, voting: 2 } });
  });

  it('a peer that sends what no honest one sends: who, and against which rule', () => {
    const stage = stageOf(new Map([[v3, 'claim-forger']]));
    stage.crash(v0);
    const { cause } = named(stage, v1, 'peer-misbehaved');
    expect(cause).toMatchObject({
      severity: 'notice',
      act: [v3],
      facts: { validator: v3, rule: 'M1' },
    });
  });
});
