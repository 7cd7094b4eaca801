/** A primary that crawls, and one that censors: how long each lasts, in timeouts of the network. */

import { logLinesOf } from '../../chaos/node-logs.ts';
import type { LocalNetwork } from '../../lib/local-network.ts';
import type { Lie } from './lies/lie.ts';
import { type Replacement, type SlicedLoad, watchReplacement } from './replacement.ts';
import type { Finding, Scenario, Stage } from './scenario.ts';
import { startLiar } from './scenario.ts';

const ratePerSecond = 100;
const censoredPerSecond = 5;
/** The first validator leads view 0. */
const liar = 0;
/** A crawler stays below the deadline of a waiting transaction by so much. */
const crawlMarginMs = 500;
const crawlBatch = 1;
const patienceMs = 100_000;
const timeoutsWanted = 2;

export const crawlingPrimary: Scenario = {
  name: 'crawling-primary',
  about: 'a primary that certifies one transaction just within each timeout',
  seconds: () => 20,
  // All clients at one gateway: then all validators receive in one order, which a crawler can follow.
  perform: (stage) => {
    const { parameters } = stage.network.completed.document;
    const intervalMs = parameters.waitingTimeoutMs - crawlMarginMs;
    const gateways = stage.network.gateways.slice(1, 2);
    const loads = [{ signer: stage.signer, ratePerSecond: rateOf(stage), gateways }];
    return perform(stage, { kind: 'crawl', intervalMs, batch: crawlBatch }, loads);
  },
};

export const censoringPrimary: Scenario = {
  name: 'censoring-primary',
  about: 'a primary that orders everything but what one sender signed',
  seconds: () => 20,
  perform: async (stage) => {
    const censored = await stage.network.signer('second-loader');
    const gateways = stage.network.gateways.slice(1);
    const loads = [
      { signer: censored, ratePerSecond: censoredPerSecond, gateways },
      { signer: stage.signer, ratePerSecond: rateOf(stage), gateways },
    ];
    return perform(stage, { kind: 'censor', sender: censored.publicKey }, loads);
  },
};

const rateOf = ({ options }: Stage): number => options.ratePerSecond ?? ratePerSecond;

async function perform(stage: Stage, lie: Lie, loads: readonly SlicedLoad[]): Promise<readonly Finding[]> {
  const { network, progress } = stage;
  startLiar(network, liar, lie);
  for (let index = 1; index < network.size; index += 1) network.start(index);
  await network.ready();
  const honest = network.gateways.slice(1);
  const replacement = await watchReplacement({
    network,
    honest,
    loads,
    patienceMs,
    onProgress: progress('until it is replaced'),
  });
  for (const line of suspicions(network)) stage.say(line);
  return findings(replacement, network.completed.document.parameters.waitingTimeoutMs);
}

/** Why the honest left its view: a busy machine can make a primary look silent before its lie is noticed. */
function suspicions(network: LocalNetwork): readonly string[] {
  return network.gateways.slice(1).flatMap((_, index) =>
    logLinesOf(network, index + 1)
      .filter(({ code, view }) => code === 'primary-suspected' && view === 0)
      .map(({ validator, reason }) => `${validator} suspected the primary: ${reason}`),
  );
}

function findings(replacement: Replacement, timeoutMs: number): readonly Finding[] {
  const { replacedMs, certifiedMs, longestMs, certifiedMeanwhile } = replacement;
  const both = (figure: string, value: number): readonly Finding[] => [
    { figure, value, unit: 'ms' },
    {
      figure: 'of the timeout',
      value: value / timeoutMs,
      unit: 'timeouts',
      wanted: { atMost: timeoutsWanted },
    },
  ];
  return [
    ...both('accepted and held up → replaced', replacedMs),
    ...both('accepted and held up → certified', certifiedMs),
    { figure: 'longest wait for a certificate', value: longestMs, unit: 'ms' },
    { figure: 'certified meanwhile', value: certifiedMeanwhile, unit: 'count' },
  ];
}
