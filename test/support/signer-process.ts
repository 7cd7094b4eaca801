/** A signer of a validator, made and run by the command line from the build. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { askSignerStatus } from '../../node/cli/signer-status.ts';
import type { SignerStatus } from '../../node/crypto/signer-wire.ts';

const concordatMain = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));

export interface SignerProcess {
  readonly socket: string;
  /** Resolves when it answers. */
  start(environment?: { readonly [name: string]: string }): Promise<void>;
  status(): Promise<SignerStatus | undefined>;
  /** Resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** What it wrote to standard output and standard error, over all its lives. */
  printed(): string;
}

/** `directory` was filled by `signer create`. */
export function signerIn(directory: string): SignerProcess {
  const socket = join(directory, 'signer.sock');
  let child: ChildProcess | undefined;
  let text = '';
  const status = (): Promise<SignerStatus | undefined> => askSignerStatus(socket);
  return {
    socket,
    status,
    async start(environment = {}) {
      const started = spawn(
        process.execPath,
        [concordatMain, 'signer', 'start', join(directory, 'signer.yaml')],
        { env: { ...process.env, ...environment } },
      );
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
      while ((await status()) === undefined) {
        if (started.exitCode !== null) throw new Error(`the signer ended: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async end(signal) {
      const ending = child;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const gone = new Promise((resolve) => ending.once('close', resolve));
      ending.kill(signal);
      await gone;
    },
    printed: () => text,
  };
}

/** The node asks the signer from its next start on. */
export function switchToSigner(nodeFile: string, { socket }: SignerProcess): void {
  const { keys, ...config } = parse(readFileSync(nodeFile, 'utf8')) as { keys: Record<string, string> };
  const { consensus: _, ...kept } = keys;
  writeFileSync(nodeFile, stringify({ ...config, keys: kept, signer: { socket } }));
}
