/** A gateway that passes on what an honest one says, changed. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StartedGateway } from '../../gateway/test-support/started-gateway.ts';

export interface LyingGateway {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * It is signed in at the honest one, and asks nobody who he is.
 * @param lie path to ask the honest one for, and what is made of its answer
 */
export async function startLyingGateway(
  honest: Pick<StartedGateway, 'ask'>,
  lie: {
    readonly path?: (path: string) => string;
    readonly answer?: (path: string, text: string) => string;
  },
): Promise<LyingGateway> {
  const server = createServer((request, response) => {
    const path = lie.path?.(request.url ?? '') ?? request.url ?? '';
    const { accept = '*/*' } = request.headers;
    void honest.ask(path, { headers: { accept } }).then(async (answer) => {
      const bytes = Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(lie.answer === undefined ? bytes : lie.answer(path, bytes.toString('utf8')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
