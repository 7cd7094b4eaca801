/** What a payload is made of, from a file or standard input, and where what it holds is written to. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { payloadBytesMax } from '../../../shared/codec/payload.ts';
import { fromUtf8 } from '../../../shared/codec/utf8.ts';
import { type CliError, fileExists, localError, usageError } from '../cli-error.ts';
import type { CliIo } from '../io.ts';

/** @param file `-` for standard input @throws CliError `payload-too-large` */
export async function readContent(file: string): Promise<Uint8Array> {
  if (file === '-') return readInput();
  const { size } = statSync(file);
  if (size > payloadBytesMax) throw tooLarge(file, size);
  return new Uint8Array(readFileSync(file));
}

async function readInput(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > payloadBytesMax) throw tooLarge('standard input', size);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

const tooLarge = (file: string, bytes: number): CliError =>
  localError(
    'payload-too-large',
    `${file} is larger than a payload may be.`,
    { file, bytes, max: payloadBytesMax },
    'Split it over several events, or keep it elsewhere and record its digest.',
  );

/** Refused before anything is fetched. @throws CliError `file-exists` */
export function requireFree(file: string | undefined, force: boolean): void {
  if (file !== undefined && !force && existsSync(file)) throw fileExists(file);
}

/** For its owner's eyes. @throws CliError `file-exists`: another process may have made it meanwhile */
export function writeContent(file: string, content: Uint8Array, force: boolean): void {
  try {
    writeFileSync(file, content, { flag: force ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw fileExists(file);
    throw error;
  }
}

/** Into a pipe as it is; on a terminal as text whose control characters are shown. @throws CliError `not-text` */
export function printContent(io: CliIo, content: Uint8Array): void {
  if (io.pipe !== null) {
    io.pipe(content);
    return;
  }
  const text = textOf(content);
  if (text === undefined) {
    const next = 'Write it into a file with --out FILE, or into a pipe.';
    throw usageError('not-text', 'The content is no text for a terminal.', { bytes: content.length }, next);
  }
  io.out(text.replace(/\n$/, ''));
}

/** As members of JSON. */
export function contentJson(content: Uint8Array): { readonly text: string } | { readonly bytes: string } {
  const text = textOf(content);
  return text === undefined ? { bytes: toBase64Url(content) } : { text };
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return fromUtf8(content);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
