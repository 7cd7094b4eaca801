/** One backup is dead: what is left of the throughput. */
import type { Finding, Scenario, Stage } from './scenario.ts';
import { firstLoad, loadSeconds, steadyLoad, without } from './scenario.ts';

const ratePerSecond = 1_200;
/** The first validator leads view 0. */
const backup = 3;
const shareWanted = 0.9;

export const deadBackup: Scenario = {
  name: 'dead-backup',
  about: 'goodput with four validators, and with one backup killed',
  seconds: (options) => 5 + loadSeconds(2, options),
  perform,
};

async function perform(stage: Stage): Promise<readonly Finding[]> {
  const { network, options } = stage;
  const rate = options.ratePerSecond ?? ratePerSecond;
  await network.startAll();
  await firstLoad(stage, rate);
  const clean = await steadyLoad(stage, network, `four validators, ${rate}/s`, rate);
  await network.kill(backup);
  const bereft = await steadyLoad(stage, without(network, backup), `one backup dead, ${rate}/s`, rate);
  return [
    { figure: 'certified by four', value: clean.certifiedPerSecond, unit: '/s' },
    { figure: 'certified with one backup dead', value: bereft.certifiedPerSecond, unit: '/s' },
    {
      figure: 'of the throughput',
      value: bereft.certifiedPerSecond / clean.certifiedPerSecond,
      unit: 'share',
      wanted: { atLeast: shareWanted },
    },
  ];
}
