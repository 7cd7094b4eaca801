/** Whether the addresses of the example are free, before anything is started. */
import { get } from 'node:http';
import { createServer } from 'node:net';
import type { NetworkDescription } from '../../node/config/network-yaml.ts';

export interface TakenPort {
  readonly address: string;
  /** Such as `gateway of alpha`. */
  readonly purpose: string;
  /** A validator of ours answers there. */
  readonly concordat: boolean;
}

const answerTimeoutMs = 1_000;

export async function takenPorts({ validators }: NetworkDescription): Promise<readonly TakenPort[]> {
  const wanted = validators.flatMap(({ id, address, gateway }) => [
    { url: new URL(address), purpose: `links of ${id}` },
    { url: new URL(gateway), purpose: `gateway of ${id}` },
  ]);
  const taken: TakenPort[] = [];
  for (const { url, purpose } of wanted) {
    if (await isFree(url)) continue;
    taken.push({ address: url.host, purpose, concordat: await answersAsNode(url) });
  }
  return taken;
}

export function explainTaken(taken: readonly TakenPort[]): string {
  const lines = taken.map(({ address, purpose, concordat }) => {
    return `  ${address} (${purpose}) is taken${concordat ? ' by a Concordat node' : ''}`;
  });
  const port = taken[0]!.address.split(':').at(-1);
  const nextStep = taken.some(({ concordat }) => concordat)
    ? 'The network seems to run already: stop it with Ctrl-C in its terminal.'
    : `Find the program with \`ss -ltnp 'sport = :${port}'\` and stop it, or change the addresses in network.yaml.`;
  return ['Addresses of the network are taken [EADDRINUSE]', ...lines, nextStep].join('\n');
}

function isFree({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(Number(port), hostname, () => server.close(() => resolve(true)));
  });
}

function answersAsNode({ protocol, host }: URL): Promise<boolean> {
  if (protocol !== 'http:') return Promise.resolve(false);
  return new Promise((resolve) => {
    const request = get(`http://${host}/healthz`, { timeout: answerTimeoutMs }, (response) => {
      resolve(response.statusCode === 200);
      response.destroy();
    });
    request.once('timeout', () => request.destroy());
    // Whatever it is, it is not a node that answers.
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}
