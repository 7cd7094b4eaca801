/** A primary that crawls, and one that censors: how long each lasts, in timeouts of the network. */

import { logLinesOf } from '../../chaos/node-logs.ts';
import type { LocalNetwork } from '../../lib/local-network.ts';
import { type LeadingLiar, startUnderLiar } from './leading-liar.ts';
import type { Lie } from './lies/lie.ts';
import { type Replacement, type SlicedLoad, watchReplacement } from './replacement.ts';
import type { Finding, Scenario, Stage } from './scenario.ts';

const ratePerSecond = 100;
const censoredPerSecond = 5;
/** A crawler stays below the deadline of a waiting transaction by so much. */
const crawlMarginMs = 500;
const crawlBatch = 1;
const patienceMs = 100_000;
const timeoutsWanted = 2;

/** The load, at the gateways of the honest. */
type LoadsAt = (gateways: readonly string[]) => readonly SlicedLoad[];

export const crawlingPrimary: Scenario = {
  name: 'crawling-primary',
  about: 'a primary that certifies one transaction just within each timeout',
  seconds: () => 25,
  perform: (stage) => {
    const { signer, network } = stage;
    const intervalMs = network.completed.document.parameters.waitingTimeoutMs - crawlMarginMs;
    // All clients at one gateway: then all validators receive in one order, which a crawler can follow.
    return perform(stage, { kind: 'crawl', intervalMs, batch: crawlBatch }, (gateways) => [
      { signer, ratePerSecond: rateOf(stage), gateways: gateways.slice(0, 1) },
    ]);
  },
};

export const censoringPrimary: Scenario = {
  name: 'censoring-primary',
  about: 'a primary that orders everything but what one sender signed',
  seconds: () => 25,
  perform: async (stage) => {
    const censored = await stage.network.signer('second-loader');
    return perform(stage, { kind: 'censor', sender: censored.publicKey }, (gateways) => [
      { signer: censored, ratePerSecond: censoredPerSecond, gateways },
      { signer: stage.signer, ratePerSecond: rateOf(stage), gateways },
    ]);
  },
};

const rateOf = ({ options }: Stage): number => options.ratePerSecond ?? ratePerSecond;

async function perform(stage: Stage, lie: Lie, loadsAt: LoadsAt): Promise<readonly Finding[]> {
  const { network, progress, say } = stage;
  const leading = await startUnderLiar(network, lie);
  const honest = leading.honest.map((index) => network.gateways[index]!);
  const replacement = await watchReplacement({
    network,
    honest,
    view: leading.view,
    loads: loadsAt(honest),
    patienceMs,
    onProgress: progress('until it is replaced'),
  });
  for (const line of suspicions(network, leading)) say(line);
  return findings(replacement, network.completed.document.parameters.waitingTimeoutMs);
}

/** Why the honest left its view: a busy machine can make a primary look silent before its lie is noticed. */
function suspicions(network: LocalNetwork, { honest, view: led }: LeadingLiar): readonly string[] {
  return honest.flatMap((index) =>
    logLinesOf(network, index)
      .filter(({ code, view }) => code === 'primary-suspected' && view === led)
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
