/** One transaction in ten more, with a wrong signature: from clients, and from a validator that lies. */
import type { Finding, Scenario, Stage } from './scenario.ts';
import { firstLoad, loadSeconds, startLiar, steadyLoad } from './scenario.ts';

const ratePerSecond = 1_200;
const badShare = 0.1;
const liar = 3;
const shareWanted = 0.5;

export const badSignatures: Scenario = {
  name: 'bad-signatures',
  about: 'goodput alone, with 10 % bad signatures from clients, and from one lying validator',
  seconds: (options) => 8 + loadSeconds(3, options),
  perform,
};

async function perform(stage: Stage): Promise<readonly Finding[]> {
  const { network, signer, options } = stage;
  const rate = options.ratePerSecond ?? ratePerSecond;
  await network.startAll();
  await firstLoad(stage, rate);
  const clean = await steadyLoad(stage, network, `${rate}/s alone`, rate);
  const clients = await steadyLoad(stage, network, `${rate}/s and 10 % bad from clients`, rate, badShare);
  await network.end(liar);
  startLiar(network, liar, {
    kind: 'spread-bad',
    sender: signer.publicKey,
    ratePerSecond: rate * badShare,
  });
  await network.ready();
  const validator = await steadyLoad(stage, network, `${rate}/s and 10 % bad from a validator`, rate);
  const share = (name: string, goodput: number): readonly Finding[] => [
    { figure: `goodput, bad ones from ${name}`, value: goodput, unit: '/s' },
    {
      figure: 'of the clean goodput',
      value: goodput / clean.certifiedPerSecond,
      unit: 'share',
      wanted: { atLeast: shareWanted },
    },
  ];
  return [
    { figure: 'goodput, none bad', value: clean.certifiedPerSecond, unit: '/s' },
    ...share('clients', clients.certifiedPerSecond),
    ...share('a validator', validator.certifiedPerSecond),
  ];
}
