/** A network in which a liar leads. While processes start, the others may give up on a primary that comes late. */
import { apiPrefix } from '../../../shared/api.ts';
import type { LocalNetwork } from '../../lib/local-network.ts';
import type { SignedIn } from '../../lib/signed-in.ts';
import type { Lie } from './lies/lie.ts';
import { startLiar } from './scenario.ts';

export interface LeadingLiar {
  readonly liar: number;
  readonly honest: readonly number[];
  readonly view: number;
}

export interface ViewStatus {
  readonly view: number;
  readonly primary: string;
  readonly changingTo?: number;
}

const triesMax = 5;
/** Longer than a silent primary is borne. */
const calmMs = 2_500;

export async function viewOf(gateway: string, session: SignedIn): Promise<ViewStatus> {
  const response = await session.fetch(`${gateway}${apiPrefix}/status`);
  return (await response.json()) as ViewStatus;
}

/** @throws if another validator leads whenever the network has come up */
export async function startUnderLiar(network: LocalNetwork, lie: Lie): Promise<LeadingLiar> {
  let liar = 0;
  for (let tries = 0; tries < triesMax; tries += 1) {
    startLiar(network, liar, lie);
    const honest = network.gateways.map((_, index) => index).filter((index) => index !== liar);
    for (const index of honest) network.start(index);
    await network.ready();
    await new Promise((resolve) => setTimeout(resolve, calmMs));
    const views = await Promise.all(honest.map((index) => viewOf(network.gateways[index]!, network.session)));
    const { view, primary } = views[0]!;
    const isCalm = views.every((other) => other.view === view && other.changingTo === undefined);
    if (isCalm && primary === network.idOf(liar)) return { liar, honest, view };
    await network.stop();
    liar = network.indexOf(primary);
  }
  throw new Error(`in ${triesMax} starts the network never came up with the liar as its primary`);
}
