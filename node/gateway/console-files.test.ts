import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'console-'));
  // As below ~/.nvm or ~/.local: a name that begins with a dot is no reason not to serve.
  const directory = join(home, '.local', 'console');
  await mkdir(join(directory, 'static'), { recursive: true });
  await writeFile(join(directory, 'index.html'), '<title>page</title>');
  await writeFile(join(directory, 'static', 'app-1a2b.js'), 'app()');
  await writeFile(join(directory, 'favicon.svg'), '<svg/>');
  gateway = await startTestGateway({ consoleDirectory: directory });
});
afterAll(async () => {
  await gateway.close();
  await rm(home, { recursive: true });
});

const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';
const get = (path: string, accept = browser, method = 'GET'): Promise<Response> =>
  fetch(gateway.url + path, { method, headers: { Accept: accept } });

test.each(['/', '/blocks/7', '/blocks/', '/streams/a%2Fb', '/streams/notes.txt', '/Metrics', '/assets/gold'])(
  '%s is the page, which is always asked for anew',
  async (path) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, '<title>page</title>']);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('vary')).toContain('Accept');
  },
);

test.each(['/blocs/7', '/nothing/here', '/streams/a/b', '/etc/passwd', '/seek/v1.%3Cb%3E'])(
  '%s, which the console does not know, is the page that says so, and no success',
  async (path) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([404, '<title>page</title>']);
  },
);

test('hashed assets are kept for ever, others are not', async () => {
  expect((await get('/static/app-1a2b.js')).headers.get('cache-control')).toContain('immutable');
  expect((await get('/favicon.svg', '*/*')).headers.get('cache-control')).not.toContain('immutable');
});

test.each([
  '/static/gone.js',
  '/api/v1/nothing',
  '/api/v2/status',
  '/api',
  '/openapi.json',
  '/foo.json',
  '/favicon.xyz',
])('%s is a problem for browsers, too', async (path) => {
  const response = await get(path);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    404,
    expect.stringContaining('application/problem+json'),
  ]);
  expect(await response.json()).toMatchObject({ code: 'not-found', facts: { path } });
});

test.each(['*/*', 'application/json', ''])('a program (Accept: %s) gets no page', async (accept) => {
  for (const path of ['/blocks', '/streams/a', '/nothing']) {
    const response = await get(path, accept);
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'not-found' }]);
  }
  expect((await get('/', accept)).status).toBe(200);
});

test('only who asks to see gets the page', async () => {
  expect((await get('/blocks', browser, 'HEAD')).status).toBe(200);
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await get('/blocks', browser, method)).status).toBe(404);
});

test.each([
  ['/openapi.json', 'GET /api/v1/openapi.json'],
  ['/api/v2/status', 'GET /api/v1/status'],
  ['/api/blocks/7', 'GET /api/v1/blocks/{heightOrHash}'],
  ['/transactions/abc/receipt', 'GET /api/v1/transactions/{id}/receipt'],
])('%s tells of %s', async (path, meant) => {
  const problem = (await (await get(path, '*/*')).json()) as { detail: string; next: string; facts: object };
  expect(problem.facts).toMatchObject({ meant });
  expect(problem.detail).toContain(meant);
  expect(problem.next).toContain('/api/v1/openapi.json');
});
