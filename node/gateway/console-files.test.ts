import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(directory, 'static'));
  await writeFile(join(directory, 'index.html'), '<title>page</title>');
  await writeFile(join(directory, 'static', 'app-1a2b.js'), 'app()');
  await writeFile(join(directory, 'favicon.svg'), '<svg/>');
  gateway = await startTestGateway({ consoleDirectory: directory });
});
afterAll(async () => {
  await gateway.close();
  await rm(directory, { recursive: true });
});

const get = (path: string): Promise<Response> =>
  fetch(gateway.url + path, { headers: { Accept: 'text/html,*/*' } });

test.each(['/', '/blocks/7', '/streams/a%2Fb', '/metrics', '/assets/gold'])(
  '%s is the page, which is always asked for anew',
  async (path) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, '<title>page</title>']);
    expect(response.headers.get('cache-control')).toBe('no-cache');
  },
);

test('hashed assets are kept for ever, others are not', async () => {
  expect((await get('/static/app-1a2b.js')).headers.get('cache-control')).toContain('immutable');
  expect((await get('/favicon.svg')).headers.get('cache-control')).not.toContain('immutable');
});

test.each(['/static/gone.js', '/api/v1/nothing', '/static/../../../../etc/passwd'])(
  '%s is not the page',
  async (path) => {
    const response = await get(path);
    const isPage = (await response.text()).includes('<title>page');
    expect([response.status, isPage]).toEqual(path.includes('..') ? [200, true] : [404, false]);
  },
);
