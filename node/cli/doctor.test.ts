import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { run } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';

let gateway: StartedGateway;
let example: ExampleData;
beforeEach(async () => {
  gateway = await startTestGateway();
  example = await createExampleData();
});
afterEach(async () => {
  await gateway.close();
  example.remove();
});

const alone = (): string[] => ['doctor', '--gateway', gateway.url, '--data', example.directory, '--alone'];

test('a healthy node ends with 0 and one sentence', async () => {
  const { exitCode, out } = await run(...alone());
  expect([exitCode, out.split('\n')[0]]).toEqual([
    0,
    'The network commits: height 0, 1 of 1 gateway answered.',
  ]);
});

test('a cause ends with 1 and says what to do, in lines and in JSON', async () => {
  const [self] = gateway.node.diagnosis().validators;
  gateway.node.facts = { peers: [], validators: gateway.node.diagnosis().validators };
  const { exitCode, out } = await run(...alone());
  expect([exitCode, out]).toEqual([1, expect.stringMatching(/^The network does not commit: /)]);
  const json = JSON.parse((await run(...alone(), '--json')).out) as { readonly nodes: readonly unknown[] };
  expect(json).toMatchObject({ commits: false, healthy: false, nodes: [{ diagnosis: { node: self } }] });
});

test('the others are found by the validators that the first one names, and told with the reason', async () => {
  const { exitCode, out } = await run('doctor', '--gateway', gateway.url, '--data', example.directory);
  expect(exitCode).toBe(1);
  expect(out).toMatch(/validator-2 {2}\S+ {2}no answer: /);
  const asked = await run('doctor', '--gateway', gateway.url, '--data', example.directory, '--json');
  const { causes } = JSON.parse(asked.out) as { readonly causes: readonly object[] };
  expect(causes).toContainEqual(
    expect.objectContaining({
      code: 'gateway-unreachable',
      act: ['validator-2'],
      facts: expect.objectContaining({ validator: 'validator-2', reason: expect.stringMatching(/./) }),
    }),
  );
});

test('no answer at all ends with 3, and names the reason', async () => {
  const { exitCode, out } = await run('doctor', '--gateway', 'http://127.0.0.1:1', '--data', '/nonexistent');
  expect([exitCode, out]).toEqual([3, expect.stringMatching(/^No gateway of 1 answered: .*127\.0\.0\.1:1/)]);
});

test('what is no gateway is named, not believed', async () => {
  const other = createServer((_request, response) => response.end('{"hello":1}'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { exitCode, out } = await run('doctor', '--gateway', url, '--alone');
  expect([exitCode, out]).toEqual([3, expect.stringContaining('did not answer')]);
  other.closeAllConnections();
  other.close();
});
