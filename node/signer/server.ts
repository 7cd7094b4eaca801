/** The signer's Unix socket: greets, takes requests, answers each in order. Whoever may open the socket may ask. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CodecError } from '../../shared/codec/codec-error.ts';
import { SignerRefusal } from '../crypto/signer-refusal.ts';
import {
  createFrameReader,
  decodeSignerRequest,
  encodeSignerAnswer,
  type FrameReader,
  type SignerAnswer,
  type SignerRequest,
  signerFrame,
  signerWireVersion,
} from '../crypto/signer-wire.ts';
import type { LogPort } from '../runtime/ports.ts';
import { SignerError } from './errors.ts';
import type { Signer } from './signer.ts';

export interface SignerServerOptions {
  /** Path of the socket. */
  readonly socket: string;
  readonly signer: Signer;
  readonly log: LogPort;
  /** The vote book failed: nothing is signed any more, the process must stop. */
  readonly fatal: (error: unknown) => void;
}

export interface SignerServer {
  close(): Promise<void>;
}

/** One node, its successor while it restarts, and who asks for the status. */
const connectionsMax = 8;
/** Frames of one node that wait while another's hand-over is verified. */
const waitingMax = 64;
/** Its owner and its group: the directory says who else gets there. */
const socketMode = 0o660;

/** @throws SignerError `signer-socket-in-use`, `signer-socket-unusable` */
export async function serveSigner(options: SignerServerOptions): Promise<SignerServer> {
  const { socket: path } = options;
  await removeStale(path);
  const open = new Set<Socket>();
  const turns = createTurns();
  const server = createServer((socket) => {
    if (open.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, turns, options);
  });
  await listen(server, path);
  return {
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A signer that was killed leaves its socket behind: nobody answers there. */
async function removeStale(path: string): Promise<void> {
  const answer = await new Promise<string>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => resolve('in-use'));
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    probe.once('connect', () => probe.destroy());
  });
  if (answer === 'in-use') throw new SignerError('signer-socket-in-use', { socket: path });
  // A connection to a plain file is refused, too: that is nobody's to remove.
  if (answer === 'ECONNREFUSED' && lstatSync(path).isSocket()) rmSync(path);
}

async function listen(server: Server, path: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, socketMode);
  } catch (error) {
    throw new SignerError('signer-socket-unusable', { socket: path, reason: String(error) });
  }
}

/** One request at a time, whichever connection it comes from. */
interface Turns {
  take(work: () => Promise<void>): void;
}

function createTurns(): Turns {
  let last = Promise.resolve();
  return {
    take(work) {
      last = last.then(work);
    },
  };
}

function serve(socket: Socket, turns: Turns, { signer, log, fatal }: SignerServerOptions): void {
  const reader = createFrameReader();
  let waiting = 0;
  const say = (answer: SignerAnswer): void => {
    if (socket.writable) socket.write(signerFrame(encodeSignerAnswer(answer)));
  };
  const { network, validator, keys } = signer.status();
  say({ type: 'hello', version: signerWireVersion, network, validator, keys });

  async function answer(request: SignerRequest): Promise<void> {
    waiting -= 1;
    if (socket.destroyed) return;
    try {
      const said = await answerOf(signer, request);
      if (said.type === 'created' || said.type === 'erased')
        log.write('info', `key-${said.type}`, { key: said.key });
      say(said);
    } catch (error) {
      if (!(error instanceof SignerRefusal)) {
        fatal(error);
        return;
      }
      const what = isOrder(request) ? 'order-refused' : 'signature-refused';
      log.write('warn', what, { refusal: error.code, ...error.facts });
      say({ type: 'refused', id: request.id, refusal: error });
    }
  }

  socket.on('data', (chunk: Buffer) => {
    const requests = requestsIn(reader, chunk, log);
    waiting += requests?.length ?? 0;
    if (requests === undefined || waiting > waitingMax) {
      socket.destroy();
      return;
    }
    for (const request of requests) {
      // To encrypt a file takes a second and more: votes do not wait for it.
      if (request.type === 'create') void answer(request);
      else turns.take(() => answer(request));
    }
  });
  // What an aborted connection says; its end is all that matters.
  socket.on('error', (error) => log.write('debug', 'connection-failed', { reason: error.message }));
}

/** undefined if it is no request: nothing that follows can be read. */
function requestsIn(reader: FrameReader, chunk: Uint8Array, log: LogPort): SignerRequest[] | undefined {
  try {
    return reader.take(chunk).map(decodeSignerRequest);
  } catch (error) {
    if (!(error instanceof CodecError || error instanceof RangeError)) throw error;
    log.write('warn', 'request-malformed', { reason: error.message });
    return undefined;
  }
}

/** About a key itself. */
const isOrder = ({ type }: SignerRequest): boolean => type === 'create' || type === 'erase';

async function answerOf(signer: Signer, request: SignerRequest): Promise<SignerAnswer> {
  const { id } = request;
  switch (request.type) {
    case 'sign':
      return { type: 'signed', id, signatures: signer.sign(request.items) };
    case 'advance':
      return { type: 'advanced', id, ...(await signer.advance(request.link)) };
    case 'create':
      return { type: 'created', id, key: await signer.create() };
    case 'erase':
      await signer.erase(request.key);
      return { type: 'erased', id, key: request.key };
    case 'status':
      return { type: 'status', id, status: signer.status() };
  }
}
