import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { type Fetch, patientFetch } from './patient-fetch.ts';
import { run } from './test-support/captured-io.ts';

const url = 'http://gateway:1/api/v1/transactions?wait=certified';
const post = { method: 'POST', body: 'x' };

describe('a gateway', () => {
  /** What was asked, with the time since the test began, and how long each kind of answer takes. */
  let asked: [ms: number, path: string][];
  let takesMs: { healthz: number; answer: number };

  const ask: Fetch = (to, { signal }) => {
    const { pathname } = new URL(to);
    asked.push([Date.now(), pathname]);
    const ms = pathname === '/healthz' ? takesMs.healthz : takesMs.answer;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(new Response(pathname)), ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  };

  /** What becomes of it, and when. */
  async function outcomeOf(answer: Promise<Response>): Promise<[ms: number, text: string]> {
    const text = answer.then((response) => response.text()).catch((error: Error) => error.message);
    let settled = false;
    void text.then(() => {
      settled = true;
    });
    while (!settled) await vi.advanceTimersToNextTimerAsync();
    return [Date.now(), await text];
  }

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    asked = [];
    takesMs = { healthz: 0, answer: 0 };
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('that says nothing is given up after the look, and looked at for twice as long the next time', async () => {
    takesMs = { healthz: 1e9, answer: 0 };
    const patient = patientFetch({ answerMs: 10_000, lookMs: 3_000 }, ask);
    expect(await outcomeOf(patient(url, post))).toEqual([3_000, 'no answer within 3 s']);
    expect(await outcomeOf(patient(url, post))).toEqual([9_000, 'no answer within 6 s']);
    expect(await outcomeOf(patient(url, post))).toEqual([19_000, 'no answer within 10 s']);
    expect(asked.map(([, path]) => path)).toEqual(['/healthz', '/healthz', '/healthz']);
    takesMs = { healthz: 0, answer: 0 };
    expect((await outcomeOf(patient(url, post)))[1]).toBe('/api/v1/transactions');
  });

  test('that is there may take its time for the answer, and is looked at once', async () => {
    takesMs = { healthz: 10, answer: 9_000 };
    const patient = patientFetch({ answerMs: 10_000, lookMs: 3_000 }, ask);
    const both = [outcomeOf(patient(url, post)), outcomeOf(patient(url, post))];
    expect(await Promise.all(both)).toEqual([
      [9_010, '/api/v1/transactions'],
      [9_010, '/api/v1/transactions'],
    ]);
    await outcomeOf(patient(url, post));
    expect(asked.filter(([, path]) => path === '/healthz')).toHaveLength(1);
  });

  test('that takes too long for the answer is looked at again', async () => {
    takesMs = { healthz: 0, answer: 1e9 };
    const patient = patientFetch({ answerMs: 10_000, lookMs: 3_000 }, ask);
    expect((await outcomeOf(patient(url, post)))[1]).toBe('no answer within 10 s');
    takesMs = { healthz: 1e9, answer: 0 };
    expect((await outcomeOf(patient(url, post)))[1]).toBe('no answer within 3 s');
  });

  test('that is the only one is asked at once, and waited for', async () => {
    takesMs = { healthz: 1e9, answer: 9_000 };
    const patient = patientFetch({ answerMs: 10_000 }, ask);
    expect(await outcomeOf(patient(url, post))).toEqual([9_000, '/api/v1/transactions']);
    expect(asked).toHaveLength(1);
  });
});

describe('a look', () => {
  const patient = patientFetch({ answerMs: 60_000, lookMs: 30_000 });
  let server: Server;
  let health: RequestListener;
  let origin: string;

  beforeEach(async () => {
    server = createHttpServer((request, response) => {
      if (request.url === '/healthz') health(request, response);
      else response.end('answer');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const answer = async () => (await patient(`${origin}/asked`, { method: 'GET' })).text();

  test('that is hung up on says nothing about the answer', async () => {
    health = (request) => void request.socket.destroy();
    expect(await answer()).toBe('answer');
  });

  test('that is answered without a body is answered', async () => {
    health = (_request, response) => void response.writeHead(204).end();
    expect(await answer()).toBe('answer');
  });

  test('that is sent elsewhere does not go there', async () => {
    let calls = 0;
    const elsewhere = createHttpServer((_request, response) => {
      calls += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    health = (_request, response) => void response.writeHead(302, { location }).end();
    expect([await answer(), calls]).toEqual(['answer', 0]);
    elsewhere.close();
  });

  test('whose answer begins and does not end is given up', async () => {
    health = (_request, response) => void response.writeHead(200, { 'content-length': 9 }).write('x');
    const brief = patientFetch({ answerMs: 60_000, lookMs: 500 });
    await expect(brief(`${origin}/asked`, { method: 'GET' })).rejects.toThrow('no answer within 0.5 s');
  });
});

test('a command passes over a gateway that takes the connection and says nothing, and says so', async () => {
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const gateway = await startTestGateway();
  const there = ['--gateway', `http://127.0.0.1:${port}`, '--gateway', gateway.url, '--data', 'nowhere'];
  const { exitCode, err } = await run('status', ...there);
  await gateway.close();
  silent.close();
  expect(err).toContain(
    `http://127.0.0.1:${port} does not answer (no answer within 6 s); ${gateway.url} does.`,
  );
  // Nobody signed in: the answer of the second one.
  expect([exitCode, err]).toEqual([1, expect.stringContaining('[sign-in-required]')]);
});
