/** A tar archive (POSIX ustar) of small files, as any system unpacks it. */
import { toUtf8 } from '../codec/utf8.ts';

export interface ArchiveFile {
  /** At most 100 ASCII characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const blockBytes = 512;

/** @param time seconds since 1970. @throws RangeError for a name that does not fit */
export function tarOf(files: readonly ArchiveFile[], time: number): Uint8Array<ArrayBuffer> {
  const sizes = files.map(({ bytes }) => blockBytes + paddedSize(bytes.length));
  const archive = new Uint8Array(sizes.reduce((sum, size) => sum + size, 2 * blockBytes));
  let at = 0;
  for (const { name, bytes } of files) {
    archive.set(headerOf(name, bytes.length, time), at);
    archive.set(bytes, at + blockBytes);
    at += blockBytes + paddedSize(bytes.length);
  }
  return archive;
}

const paddedSize = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;

function headerOf(name: string, size: number, time: number): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new RangeError(`not a name for an archive: ${name}`);
  const header = new Uint8Array(blockBytes);
  const write = (text: string, at: number): void => header.set(toUtf8(text), at);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  write(name, 0);
  write(octal(0o600, 7), 100);
  write(octal(0, 7), 108);
  write(octal(0, 7), 116);
  write(octal(size, 11), 124);
  write(octal(Math.floor(time), 11), 136);
  // The checksum counts its own field as spaces.
  write('        0', 148);
  write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
