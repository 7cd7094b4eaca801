/**
 * Takes what several replicas receive apart once. A frame that goes to everyone is one array of bytes, and nobody
 * changes it or what it was read as: the answer for these very bytes under equal limits is the answer for all. What
 * is refused is refused anew each time.
 */
import type { TransactionId } from '../../shared/types/brands.ts';
import { plainReader, type Reader } from '../runtime/reader.ts';

/** One of a universe: what is remembered leaves with the bytes. */
export function createSharedReader(): Reader {
  const classOf = createClasses();
  const same = (value: number): number => value;
  const ids = new WeakMap<Uint8Array, TransactionId>();

  function once<Limits, Answer, More extends readonly unknown[]>(
    read: (bytes: Uint8Array, limits: Limits, ...more: More) => Answer,
    numberOf: (limits: Limits) => number,
  ): (bytes: Uint8Array, limits: Limits, ...more: More) => Answer {
    const answers = new WeakMap<Uint8Array, { readonly limits: number; readonly answer: Answer }>();
    return (bytes, limits, ...more) => {
      const known = answers.get(bytes);
      const own = numberOf(limits);
      if (known?.limits === own) return known.answer;
      const answer = read(bytes, limits, ...more);
      answers.set(bytes, { limits: own, answer });
      return answer;
    };
  }

  function idOf(envelope: Uint8Array): TransactionId {
    const known = ids.get(envelope);
    if (known !== undefined) return known;
    const id = plainReader.idOf(envelope);
    ids.set(envelope, id);
    return id;
  }

  return {
    frame: once(plainReader.frame, classOf),
    message: once(plainReader.message, classOf),
    idOf,
    transaction: once(plainReader.transaction, same),
  };
}

/** A number for all limits that are equal, field by field; replicas hold objects of their own. */
function createClasses(): (limits: object) => number {
  const known = new WeakMap<object, number>();
  const byContent = new Map<string, number>();
  return (limits) => {
    const number = known.get(limits);
    if (number !== undefined) return number;
    const content = JSON.stringify(Object.entries(limits).sort());
    const found = byContent.get(content) ?? byContent.size;
    byContent.set(content, found);
    known.set(limits, found);
    return found;
  };
}
