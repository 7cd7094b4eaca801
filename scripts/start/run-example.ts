/** Founds or resumes, starts, watches and stops the validators of the example. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkNetwork } from '../../node/config/check-network.ts';
import { type CompletedNetwork, completeNetwork } from '../../node/config/complete-network.ts';
import { genesisFileOf, identityKeyFileOf } from '../../node/config/data-layout.ts';
import { makeDirectory } from '../../node/files/make-directory.ts';
import { createStores } from '../../node/storage/storage.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import { signedInAs } from '../lib/signed-in.ts';
import { explainTaken, takenPorts } from './ports.ts';
import { createReport, type Report } from './report.ts';
import { markAsMadeHere, planReset, resetData } from './reset.ts';
import {
  lastLogLine,
  startValidator,
  type ValidatorProcess,
  waitUntilReady,
  whyNotReady,
} from './validator-process.ts';

export interface ExampleOptions {
  readonly network: string;
  readonly data: string;
  readonly reset: boolean;
  readonly json: boolean;
}

const readyPollMs = 100;
/** Whoever waits for longer wants to know for what. */
const impatientMs = 20_000;
/** Ctrl-C ends within five seconds, whatever hangs. */
const stopPatienceMs = 4_000;

/** @returns the exit code. @throws ConfigError and others whose message says what to do */
export async function runExample({ network, data, reset, json }: ExampleOptions): Promise<number> {
  const startedAtMs = performance.now();
  const dataDirectory = resolve(data);
  const report = createReport(json, dataDirectory);
  const { description } = checkNetwork(network);
  const taken = await takenPorts(description);
  if (taken.length > 0) throw new Error(explainTaken(taken));
  const plan = reset ? planReset(dataDirectory, description) : undefined;
  if (plan !== undefined) {
    report.resetting(data, plan);
    resetData(dataDirectory, plan);
  }
  makeDirectory(dataDirectory);
  markAsMadeHere(dataDirectory);
  if (!existsSync(genesisFileOf(dataDirectory))) report.founding(network, data);
  const completed = await completeNetwork(description, dataDirectory, {
    file: network,
    nowMs: Date.now(),
    prepareStorage: (directory) => createStores(directory),
  });
  report.starting(completed.genesis.network, completed.founded);
  return runValidators(completed, dataDirectory, report, startedAtMs);
}

async function runValidators(
  { document, genesis, nodes }: CompletedNetwork,
  dataDirectory: string,
  report: Report,
  startedAtMs: number,
): Promise<number> {
  let stopping = false;
  const validators = nodes.map(({ validator: { id, gateway }, nodeFile }) =>
    startValidator({ id, gateway, nodeFile }, (line) => {
      if (!stopping) report.warning(id, line);
    }),
  );
  const asked = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        stopping = true;
        stop();
      });
    }
  });
  for (const { id, nodeFile, logFile, ended } of validators) {
    void ended.then((reason) => {
      if (!stopping) report.ended(id, reason, lastLogLine(logFile), nodeFile);
    });
  }
  const readiness = Promise.all(validators.map((validator) => waitUntilReady(validator, readyPollMs)));
  const allEnded = Promise.all(validators.map(({ ended }) => ended));
  const impatience = setInterval(() => void explainWait(validators, report), impatientMs);
  void readiness.then(async (ready) => {
    clearInterval(impatience);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    if (stopping || !ready.includes(true)) return;
    const linkOf = linksFor(document, dataDirectory);
    const started = await Promise.all(
      validators.map(async (validator) => ({ ...plain(validator), ...(await linkOf(validator)) })),
    );
    if (!stopping) report.ready(genesis.network, started, seconds);
  });
  const first = await Promise.race([
    asked.then(() => 'asked' as const),
    allEnded.then(() => 'ended' as const),
  ]);
  clearInterval(impatience);
  if (first === 'ended') return 1;
  await stopAll(validators, report);
  return 0;
}

async function explainWait(validators: readonly ValidatorProcess[], report: Report): Promise<void> {
  for (const validator of validators.filter((one) => !one.hasEnded())) {
    const reason = await whyNotReady(validator);
    if (reason !== undefined) report.notReady(validator.id, reason);
  }
}

type LinkOf = (validator: ValidatorProcess) => Promise<{ readonly signInLink?: string }>;

/** As an admin of the validator's member, with the key that was made here. */
function linksFor({ validators, identities }: GenesisDocument, dataDirectory: string): LinkOf {
  return async ({ id, gateway, hasEnded }) => {
    const member = validators.find((validator) => validator.id === id)?.member;
    const admin = identities.find((one) => one.member === member && one.roles.includes('admin'));
    const isHere = admin !== undefined && existsSync(identityKeyFileOf(dataDirectory, admin.id));
    if (!isHere || hasEnded()) return {};
    try {
      return { signInLink: await signedInAs(dataDirectory, admin.id).link(gateway) };
    } catch (error) {
      // It was ready a moment ago: whoever opens its console sees why, and can sign in there by key.
      if (hasEnded()) return {};
      throw error;
    }
  };
}

const plain = ({ id, pid, gateway, logFile }: ValidatorProcess) => ({ id, pid, gateway, logFile });

async function stopAll(validators: readonly ValidatorProcess[], report: Report): Promise<void> {
  const startedAtMs = performance.now();
  report.stopping();
  const running = validators.filter((validator) => !validator.hasEnded());
  await Promise.all(running.map((validator) => validator.stop(stopPatienceMs)));
  report.stopped((performance.now() - startedAtMs) / 1_000);
}
