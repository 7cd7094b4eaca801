/**
 * Keeps what this process is told: standard output and standard error of each process that a test starts, what comes over
 * Unix sockets, and the answers of gateways. All of these are sockets, so that no helper has to think of it, and what
 * nobody reads is kept as well.
 */
import { ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/**
 * Names of files begin with it: what was asked for, where a token may be. A gateway answers a sign-in with one, and a
 * browser tells its cookies to the test that drives it.
 */
export const answersPrefix = 'answers-';
const outputPrefix = 'output-';

/** One file for each socket in `directory`, from now on. @returns what ends it: a child may speak until this process ends */
export function keepReceived(directory: string): () => void {
  const files = new WeakMap<Socket, string>();
  const channels = channelsOfChildren();
  let count = 0;
  const { push } = Socket.prototype;
  const fileOf = (socket: Socket): string => {
    const known = files.get(socket);
    if (known !== undefined) return known;
    count += 1;
    const isAnswer = socket.remotePort !== undefined || channels.has(socket);
    const file = join(directory, `${isAnswer ? answersPrefix : outputPrefix}${count}`);
    files.set(socket, file);
    return file;
  };
  Socket.prototype.push = function (this: Socket, chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk instanceof Uint8Array) appendFileSync(fileOf(this), chunk);
    else if (typeof chunk === 'string') appendFileSync(fileOf(this), chunk, encoding);
    return push.call(this, chunk, encoding);
  };
  return () => {
    Socket.prototype.push = push;
  };
}

/** What is open between a child and this process beside its input, output and errors, such as the pipes of a browser. */
function channelsOfChildren(): WeakSet<object> {
  const channels = new WeakSet<object>();
  const prototype = ChildProcess.prototype as unknown as { spawn(options: object): unknown };
  const { spawn } = prototype;
  prototype.spawn = function (this: ChildProcess, options) {
    const failure = spawn.call(this, options);
    for (const channel of this.stdio?.slice(3) ?? []) if (channel != null) channels.add(channel);
    return failure;
  };
  return channels;
}
