/** What a reader of named streams is given: the name of a stream, or a beginning, which may be empty, and `*`. */
import type { FormCheck } from './form.ts';
import { limits } from './limits.ts';
import { isNfc, isTrimmed, utf8Length } from './text.ts';

export function isReadableStream(stream: string): boolean {
  const isFit = stream.length > 0 && utf8Length(stream) <= limits.streamNameBytesMax && isNfc(stream);
  return isFit && (stream.endsWith('*') || isTrimmed(stream));
}

export const readableStream: FormCheck = (value) =>
  typeof value === 'string' && isReadableStream(value)
    ? undefined
    : { path: '', expected: 'the name of a stream, or the beginning of names and *' };
