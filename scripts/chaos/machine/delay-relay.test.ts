import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type DelayRelay, relayTo } from './delay-relay.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** Answers with what it hears. @returns its port */
async function echo(): Promise<number> {
  const server = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

it('keeps the order of what passes, however the delays fall, and the end comes last', async () => {
  const port = await freePort();
  const delays = [30, 1, 20, 1, 10, 1];
  const asked: string[] = [];
  const relay: DelayRelay = await relayTo(port, await echo(), (from, to) => {
    asked.push(`${from}..${to}`);
    return delays[asked.length % delays.length]!;
  });
  closers.push(relay.close);
  relay.delay(20, 10);
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  for (let number = 0; number < 50; number += 1) {
    socket.write(`${number} `);
    await new Promise((done) => setImmediate(done));
  }
  socket.end();
  await new Promise((done) => socket.once('close', done));
  expect(heard).toBe(Array.from({ length: 50 }, (_, number) => `${number} `).join(''));
  expect(new Set(asked)).toEqual(new Set(['10..30']));
});
