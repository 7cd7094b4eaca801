/** Four real validators for tests of diagnoses: what one node says, what the doctor says, stopping and mending. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { readNodeConfig } from '../../node/config/node-yaml.ts';
import { emptyRun, runStateOf } from '../../node/ledger/snapshot-bound.ts';
import { stateKeys } from '../../node/ledger/state-keys.ts';
import { openDatabase } from '../../node/storage/database.ts';
import { derivedFileName, derivedFormat } from '../../node/storage/derived-file.ts';
import { eventRuns } from '../../node/storage/event-runs.ts';
import { stateRows } from '../../node/storage/state-rows.ts';
import type { LocalNetwork, Place } from '../../scripts/lib/local-network.ts';
import { bulkBody, type LoadSigner, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { CauseJson, DiagnosisJson } from '../../shared/api.ts';

/** From the build, where the processes that they start lie beside them. */
const builtUrl = (path: string): URL => new URL(`../../dist/${path}`, import.meta.url);
const built = (path: string): Promise<unknown> => import(builtUrl(path).href);
const { LocalNetwork: Networks } = (await built(
  'scripts/lib/local-network.js',
)) as typeof import('../../scripts/lib/local-network.ts');
const { runConcordat } = (await built('scripts/lib/cli.js')) as typeof import('../../scripts/lib/cli.ts');

/** A program that runs in the place of the product's. */
export const trialProgram = (name: string): string =>
  fileURLToPath(builtUrl(`scripts/trials/${name}-child.js`));

export interface Verdict {
  readonly exitCode: number;
  readonly sentence: string;
  readonly commits: boolean;
  readonly act: readonly string[];
  readonly causes: readonly CauseJson[];
}

export interface DiagnosedNetwork {
  readonly network: LocalNetwork;
  readonly directory: string;
  diagnosisBy(index: number): Promise<DiagnosisJson>;
  /** Polls until this node names the cause. */
  named(by: number, code: CauseJson['code'], matching?: object): Promise<void>;
  /** Facts that name this validator. */
  about(index: number): object;
  /** Waits until a record that was sent through this gateway is certified. */
  append(by: number, run: string, dataBytes?: number): Promise<number>;
  /** Asks these gateways and those that they name, and reads the last words of all. */
  doctor(gateways: readonly number[], ...options: string[]): Promise<Verdict>;
  storageOf(index: number): string;
  stopOne(index: number): Promise<void>;
  startOne(index: number): Promise<void>;
  /** The validator, which does not run, believes that the event of `append(…, run)` is in its stream already. */
  damageState(index: number, run: string): void;
  /** Polls until every node finds nothing to do; then the doctor must find nothing either. */
  healthy(gateway: number): Promise<void>;
  close(): Promise<void>;
}

/** Links listen from `port` on. `places` as of a LocalNetwork. Nothing is started yet. */
export async function foundDiagnosed(port: number, places?: readonly Place[]): Promise<DiagnosedNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'concordat-diagnosis-'));
  const options = { directory, validators: 4, port, ...(places !== undefined && { places }) };
  const network = await Networks.found(options, () => undefined);
  const signer: LoadSigner = await network.signer();

  const diagnosisBy = async (index: number): Promise<DiagnosisJson> =>
    (await (
      await network.session.fetch(`${network.gateways[index]}/api/v1/diagnosis`)
    ).json()) as DiagnosisJson;
  const storageOf = (index: number): string =>
    readNodeConfig(join(network.dataOf(index), 'node.yaml')).storageDirectory;

  async function doctor(gateways: readonly number[], ...more: string[]): Promise<Verdict> {
    const asked = gateways.flatMap((index) => ['--gateway', network.gateways[index]!]);
    const { exitCode, stdout } = await runConcordat([
      'doctor',
      ...asked,
      '--data',
      directory,
      '--json',
      ...more,
    ]);
    return { ...(JSON.parse(stdout) as Verdict), exitCode };
  }

  return {
    network,
    directory,
    diagnosisBy,
    storageOf,
    doctor,
    async named(by, code, matching = {}) {
      await expect
        .poll(async () => (await diagnosisBy(by)).causes, { timeout: 90_000, interval: 100 })
        .toContainEqual(expect.objectContaining({ code, ...matching }));
    },
    about: (index) => ({ facts: expect.objectContaining({ validator: network.idOf(index) }) }),
    async append(by, run, dataBytes = 50) {
      const { genesis } = network.completed;
      const shape = { network: genesis.network, expiresAt: Date.now() + 300_000, streams: 1, dataBytes, run };
      const response = await network.session.fetch(
        `${network.gateways[by]}/api/v1/transactions?wait=certified`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/cbor' },
          body: bulkBody([signedAppend(signer, shape, 0)]) as Uint8Array<ArrayBuffer>,
        },
      );
      return response.status;
    },
    async stopOne(index) {
      process.kill(network.pidOf(index), 'SIGTERM');
      await expect.poll(() => network.isRunning(index), { timeout: 90_000 }).toBe(false);
    },
    async startOne(index) {
      network.start(index);
      await network.ready();
    },
    damageState(index, run) {
      const file = join(storageOf(index), derivedFileName);
      const database = openDatabase(file, derivedFormat);
      const stream = 'load/0';
      const leaf = stateRows(database, file).get(stateKeys.stream(stream));
      const runs = eventRuns(database, file);
      const known =
        leaf === undefined ? [] : runs.slice({ stream, from: 0, to: runStateOf(leaf).next }).entries;
      runs.put({ stream, start: emptyRun, entries: [[`${run}-0`, new Uint8Array(32)], ...known.slice(1)] });
      database.close();
    },
    async healthy(gateway) {
      const answers = () => Promise.all(network.gateways.map((_, index) => diagnosisBy(index)));
      await expect
        .poll(async () => (await answers()).every((one) => one.healthy), { timeout: 90_000, interval: 100 })
        .toBe(true);
      // It asks the nodes by itself, a moment later, in which a busy machine may have made one of them late.
      await expect
        .poll(async () => (await doctor([gateway])).exitCode, { timeout: 90_000, interval: 500 })
        .toBe(0);
    },
    async close() {
      await network.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
