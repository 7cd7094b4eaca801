/**
 * Keeps what this process is told: standard output and standard error of each process that a test starts, what comes over
 * Unix sockets, and the answers of gateways. All of these are sockets, so that no helper has to think of it, and what
 * nobody reads is kept as well. Of a browser it keeps what its pages say aloud (browser-channel.ts).
 */
import { ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { keptOfChannel } from './browser-channel.ts';
import { netLogPrefix, withNetLog } from './net-log.ts';

/** Names of files begin with it: what was asked for, where a token may be. A gateway answers a sign-in with one. */
export const answersPrefix = 'answers-';
const outputPrefix = 'output-';
const spokenPrefix = 'spoken-';

/** One file for each socket in `directory`, from now on. @returns what ends it: a child may speak until this process ends */
export function keepReceived(directory: string): () => void {
  const keepers = new WeakMap<object, (bytes: Uint8Array) => void>();
  let count = 0;
  const newFile = (prefix: string): string => {
    count += 1;
    return join(directory, `${prefix}${count}`);
  };
  const appendingTo = (file: string) => (bytes: Uint8Array) => appendFileSync(file, bytes);
  watchBrowsers(
    () => newFile(netLogPrefix),
    (channel) => keepers.set(channel, keptOfChannel(appendingTo(newFile(spokenPrefix)))),
  );
  const keeperOf = (socket: Socket): ((bytes: Uint8Array) => void) => {
    const known = keepers.get(socket);
    if (known !== undefined) return known;
    const keeper = appendingTo(newFile(socket.remotePort === undefined ? outputPrefix : answersPrefix));
    keepers.set(socket, keeper);
    return keeper;
  };
  const { push } = Socket.prototype;
  Socket.prototype.push = function (this: Socket, chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk instanceof Uint8Array) keeperOf(this)(chunk);
    else if (typeof chunk === 'string') keeperOf(this)(Buffer.from(chunk, encoding));
    return push.call(this, chunk, encoding);
  };
  return () => {
    Socket.prototype.push = push;
  };
}

/** Each browser that is driven over pipes logs what it exchanges with the network, and its pipes are handed over. */
function watchBrowsers(netLog: () => string, onChannel: (channel: object) => void): void {
  const prototype = ChildProcess.prototype as unknown as { spawn(options: object): unknown };
  const { spawn } = prototype;
  prototype.spawn = function (this: ChildProcess, options: { readonly args?: readonly string[] }) {
    const isBrowser = options.args?.includes('--remote-debugging-pipe') === true;
    if (!isBrowser) return spawn.call(this, options);
    const failure = spawn.call(this, { ...options, args: withNetLog(options.args!, netLog()) });
    for (const channel of this.stdio?.slice(3) ?? []) if (channel != null) onChannel(channel);
    return failure;
  };
}
