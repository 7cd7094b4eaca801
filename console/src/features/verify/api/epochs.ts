import type { EpochLinkJson, ResponseOf } from '../../../../../shared/api.ts';
import { ask } from '../../../lib/gateway.ts';
import { genesisQuery, queryClient } from '../../../lib/queries.ts';
import { keptEpochs } from '../kept-epochs.ts';
import type { EpochsClaim } from '../subjects.ts';

/** What is kept of the epochs, and the hand-overs behind it as this gateway says them. @throws GatewayError */
export async function claimAt(origin: string, network: string, signal?: AbortSignal): Promise<EpochsClaim> {
  const { genesis, links } = (await keptEpochs(network)) ?? (await claimOfGenesis(network));
  return { genesis, links: [...links, ...(await linksBehind(links.length, origin, signal))] };
}

async function claimOfGenesis(network: string): Promise<EpochsClaim> {
  const { headerBytes, validators } = await queryClient.fetchQuery(genesisQuery(network));
  return { genesis: { headerBytes, validators }, links: [] };
}

/** In the gateway's order: one that is wrong does not hold where it stands. */
async function linksBehind(
  known: number,
  origin: string,
  signal: AbortSignal | undefined,
): Promise<readonly EpochLinkJson[]> {
  const links: EpochLinkJson[] = [];
  let isMore = true;
  while (isMore) {
    const from = known + links.length + 1;
    const page: ResponseOf<'epochs'> = await ask('epochs', {
      query: { from },
      origin,
      ...(signal !== undefined && { signal }),
    });
    const found = page.rows.flatMap(({ link }) => (link === null ? [] : [link]));
    links.push(...found);
    isMore = page.next !== undefined && found.length > 0;
  }
  return links;
}
