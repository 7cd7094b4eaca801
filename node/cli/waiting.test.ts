import { expect, test } from 'vitest';
import { startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { connect } from './connect.ts';
import type { CliIo } from './io.ts';
import { createExampleData } from './test-support/example-data.ts';
import { saysWhileWaiting } from './waiting.ts';

test('says once, while nothing changes, what the network waits for; then gives the result', async () => {
  const gateway = await startTestGateway();
  const example = await createExampleData();
  const client = connect({ gateway: [gateway.url], data: example.directory });
  const said: string[] = [];
  try {
    const result = await new Promise<string>((resolve, reject) => {
      const io: CliIo = {
        out: () => undefined,
        err: (line) => {
          said.push(line);
          settle('certified');
        },
        pipe: null,
        terminal: null,
        nowMs: () => 0,
      };
      let settle: (value: string) => void = () => undefined;
      const certified = new Promise<string>((settled) => {
        settle = settled;
      });
      saysWhileWaiting(io, client, certified, {
        everyMs: 1,
        giveUpMs: 60_000,
      }).then(resolve, reject);
    });
    expect(result).toBe('certified');
    expect(said).toEqual([
      expect.stringMatching(/^Not certified yet; waiting\. test consortium: .*`concordat status`/),
    ]);
  } finally {
    await gateway.close();
    example.remove();
  }
});

const silent: CliIo = {
  out: () => undefined,
  err: () => undefined,
  pipe: null,
  terminal: null,
  nowMs: () => 0,
};
const never = new Promise<string>(() => undefined);

test('gives up by name when nothing moves, with the exit code of a network out of reach', async () => {
  const nobody = connect({ gateway: ['http://127.0.0.1:1'], data: '/nonexistent' });
  await expect(saysWhileWaiting(silent, nobody, never, { everyMs: 1, giveUpMs: 20 })).rejects.toMatchObject({
    code: 'not-certified-in-time',
    exitCode: 3,
    facts: { timeoutSeconds: 0.02 },
  });
});

test('what moves is waited for', async () => {
  const nobody = connect({ gateway: ['http://127.0.0.1:1'], data: '/nonexistent' });
  let asked = 0;
  // It moves at each of the first looks, then no more.
  const moved = (): number => Math.min(asked++, 100);
  const started = saysWhileWaiting(silent, nobody, never, { everyMs: 1, giveUpMs: 5, moved });
  await expect(started).rejects.toMatchObject({ code: 'not-certified-in-time' });
  expect(asked).toBeGreaterThan(100);
});
