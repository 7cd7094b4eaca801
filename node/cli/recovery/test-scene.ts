/** Four validators of which two are gone, two survivors and two new machines, up to the bundle that nodes accept. */
import { join } from 'node:path';
import { decodeRecovery, encodeRecovery, recoveryDigest } from '../../../shared/codec/recovery.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import { startTime } from '../../ledger/test-support.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../storage/test-support.ts';
import type { CliError } from '../cli-error.ts';
import { type AcceptStep, acceptRecovery } from './accept.ts';
import { combine } from './combine.ts';
import type { BundleFile, PlanFile, StatementFile } from './files.ts';
import { makePlan } from './make-plan.ts';
import { makeStatement } from './make-statement.ts';
import { atNode, createMachine, fill, Story, signedBy } from './test-support.ts';

/** Blocks 1…3 are certified everywhere; 4 and 5 were sealed by v1 and v2, 4 alone by v2. */
export const certified = 3;
export const newSet = ['v1', 'v2', 'v5', 'v6'];
let place: TemporaryDirectory | undefined;
let machines = 0;

export function machine(id: string): Promise<string> {
  place ??= temporaryDirectory();
  return createMachine(join(place.path, `${machines++}`), id);
}

export const removeMachines = (): void => place?.remove();

export const nowMs = startTime + 60_000;

export function storyOf(blocks: number): Story {
  const story = new Story();
  for (let count = 0; count < blocks; count += 1) story.block();
  return story;
}

export interface Scene {
  readonly story: Story;
  readonly nodes: ReadonlyMap<string, string>;
  readonly statements: readonly StatementFile[];
  readonly plan: PlanFile;
  readonly bundle: BundleFile;
}

export async function survivor(story: Story, id: string, sealed: number): Promise<string> {
  const nodeFile = await machine(id);
  await fill(nodeFile, story, { certified, sealed });
  return nodeFile;
}

export const joining = (id: string) => ({
  member: id === 'v5' ? 'm3' : 'm4',
  address: `wss://127.0.0.1:${22_500 + Number(id.slice(1)) - 1}`,
  gateway: `http://127.0.0.1:${22_550 + Number(id.slice(1)) - 1}`,
});

export const wishesOf = (network: NetworkId, changes: object = {}) => ({
  network,
  reason: 'a fire',
  validators: newSet,
  fenced: [] as readonly string[],
  ...changes,
});

export async function bundleOf(
  plan: PlanFile,
  network: NetworkId,
  signers: readonly string[] = ['m1', 'm2', 'm3'],
) {
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
export async function scene(): Promise<Scene> {
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

export const accepted = (nodeFile: string, bundle: BundleFile, changes: object = {}) =>
  atNode(nodeFile, (node) => acceptRecovery(node, bundle, { ...optionsFor(bundle), ...changes }));

/** Code and reason of the refusal. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    const { code, facts } = error as CliError;
    return facts?.reason === undefined ? code : `${code}: ${facts.reason}`;
  }
  return 'nothing';
}
