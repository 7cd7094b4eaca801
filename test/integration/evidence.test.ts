/** Rule W1 with real processes: a twin of a validator votes twice in a slot, and the ledger of all says so, once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { genesisFileOf } from '../../node/config/data-layout.ts';
import { readGenesis } from '../../node/config/genesis-file.ts';
import { type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { type EvidenceListJson, slotMessageOfJson } from '../../shared/api.ts';
import { verifyNobleAsync } from '../../shared/crypto/ed25519.ts';
import { verifyEvidence } from '../../shared/protocol/verify-evidence.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import { createExample, type Example, type StartedValidator } from '../support/example.ts';
import { startTwin, type Twin } from '../support/twin.ts';

let example: Example;
let session: SignedIn;
let validators: readonly StartedValidator[];
let twin: Twin;

beforeAll(async () => {
  example = await createExample();
  session = signedInAs(example.data, 'alpha.admin');
  const run = example.run();
  validators = (await run.next('ready')).validators as readonly StartedValidator[];
  process.kill(validators.find(({ id }) => id === 'delta')!.pid, 'SIGTERM');
  await run.next('ended');
  twin = await startTwin(example.data, 'delta');
});
afterAll(async () => {
  await twin.stop();
  await example.cleanUp();
});

const honest = ['alpha', 'beta', 'gamma'] as const;
const get = async <Body>(id: string, path: string): Promise<Body> => {
  const { gateway } = validators.find((validator) => validator.id === id)!;
  return (await (await session.fetch(`${gateway}/api/v1${path}`)).json()) as Body;
};
const recordedAt = async (id: string) => (await get<EvidenceListJson>(id, '/evidence')).rows;
const eventually = (value: () => unknown) => expect.poll(value, { timeout: 90_000, interval: 200 });
const summary = (id: string) => async () =>
  (await recordedAt(id)).map(({ validator, kind }) => `${validator} ${kind}`).sort();

async function slotAhead(): Promise<{ readonly view: number; readonly sequence: number }> {
  const { view, certifiedHeight } = await get<{ view: number; certifiedHeight: number }>('alpha', '/status');
  return { view, sequence: certifiedHeight + 3 };
}
const commit = (view: number, sequence: number, content: string) => ({
  kind: 'commit' as const,
  epoch: epochOf(0),
  view: viewOf(view),
  sequence: heightOf(sequence),
  content: content.repeat(32) as Digest,
});
const seal = (height: number, block: string) => ({
  kind: 'seal' as const,
  epoch: epochOf(0),
  height: heightOf(height),
  block: block.repeat(32) as BlockHash,
});

it('two COMMITs for one slot, seen by one validator, are recorded once on the ledger of all', async () => {
  await eventually(() => [...twin.open()].sort()).toEqual([...honest]);
  const { view, sequence } = await slotAhead();
  twin.send('beta' as ValidatorId, [commit(view, sequence, 'aa'), commit(view, sequence, 'bb')]);
  for (const id of honest) await eventually(summary(id)).toEqual(['delta commit']);
  const [record] = await recordedAt('gamma');
  expect(await recordedAt('alpha')).toEqual([record]);
  expect(record).toMatchObject({
    number: 0,
    epoch: 0,
    first: { view, sequence, content: 'aa'.repeat(32) },
    second: { view, sequence, content: 'bb'.repeat(32) },
  });
});

it('what the ledger holds is verified with the genesis alone', async () => {
  const { genesis } = readGenesis(genesisFileOf(example.data));
  const [record] = await recordedAt('alpha');
  const pair = { first: slotMessageOfJson(record!.first), second: slotMessageOfJson(record!.second) };
  const { ok } = await verifyEvidence(pair, genesis.validators, genesis.network, verifyNobleAsync);
  expect(ok).toBe(true);
});

it('more of the same kind changes nothing; another kind is another record; all agree', async () => {
  const { view, sequence } = await slotAhead();
  for (const id of honest) {
    twin.send(id as ValidatorId, [commit(view, sequence, 'cc'), commit(view, sequence, 'dd')]);
    twin.send(id as ValidatorId, [seal(sequence, 'aa'), seal(sequence, 'bb')]);
  }
  for (const id of honest) await eventually(summary(id)).toEqual(['delta commit', 'delta seal']);
  await eventually(async () => {
    const tips = await Promise.all(honest.map((id) => get<{ block: string }>(id, '/status')));
    return new Set(tips.map(({ block }) => block)).size;
  }).toBe(1);
  // One record a kind, whoever of the three submitted it, and however many of them did.
  const all = await get<{ rows: { outcome: { status: string; code?: string } }[] }>(
    'beta',
    '/transactions?action=validator.evidence',
  );
  const outcomes = all.rows.map(({ outcome }) => outcome.code ?? outcome.status);
  expect(outcomes.filter((outcome) => outcome === 'succeeded')).toHaveLength(2);
  expect(outcomes.filter((outcome) => outcome !== 'succeeded' && outcome !== 'evidence-recorded')).toEqual(
    [],
  );
});

it('the accused is shown with it, and its node comes back and serves it too', async () => {
  await twin.stop();
  const returned = example.runValidator('delta');
  await eventually(() => summary('delta')().catch(() => [])).toEqual(['delta commit', 'delta seal']);
  const { validators: shown } = await get<{ validators: { id: string; evidence: string[] }[] }>(
    'delta',
    '/validators',
  );
  expect(Object.fromEntries(shown.map(({ id, evidence }) => [id, evidence]))).toEqual({
    alpha: [],
    beta: [],
    gamma: [],
    delta: ['commit', 'seal'],
  });
  const gone = new Promise((resolve) => returned.once('exit', resolve));
  returned.kill('SIGTERM');
  expect(await gone).toBe(0);
});
