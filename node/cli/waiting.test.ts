import { expect, test } from 'vitest';
import { startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { connect } from './connect.ts';
import type { CliIo } from './io.ts';
import { saysWhileWaiting } from './waiting.ts';

test('says once, while nothing changes, what the network waits for; then gives the result', async () => {
  const gateway = await startTestGateway();
  const said: string[] = [];
  try {
    const result = await new Promise<string>((resolve, reject) => {
      const io: CliIo = {
        out: () => undefined,
        err: (line) => {
          said.push(line);
          settle('certified');
        },
        terminal: null,
        nowMs: () => 0,
      };
      let settle: (value: string) => void = () => undefined;
      const certified = new Promise<string>((settled) => {
        settle = settled;
      });
      saysWhileWaiting(io, connect({ gateway: [gateway.url] }), certified, 1).then(resolve, reject);
    });
    expect(result).toBe('certified');
    expect(said).toEqual([expect.stringMatching(/^Not certified yet; waiting\. test consortium: /)]);
  } finally {
    await gateway.close();
  }
});
