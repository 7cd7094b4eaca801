/**
 * Rule M3 after every step: nothing that anyone sends makes memory grow. Only who was handed something can hold more
 * than before, so only they are looked at.
 */
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { BufferFigure } from '../../consensus/buffers.ts';

export interface MemoryWatch {
  /** It is about to be handed something: a frame, a transaction, the end of a wait or of a write. */
  stirred(id: ValidatorId): void;
  /** At the end of a step; undefined, or who of those that were stirred in it holds more than a bound. */
  fault(): string | undefined;
}

/** @param buffersOf none of who is down, or may do as it likes */
export function createMemoryWatch(buffersOf: (id: ValidatorId) => readonly BufferFigure[]): MemoryWatch {
  const stirred = new Set<ValidatorId>();

  function fault(): string | undefined {
    let found: string | undefined;
    for (const id of stirred) found ??= bufferFault(id);
    stirred.clear();
    return found;
  }

  function bufferFault(id: ValidatorId): string | undefined {
    for (const { name, size, bound } of buffersOf(id))
      if (size > bound) return `${id} holds ${size} ${name}, more than ${bound} (rule M3)`;
    return undefined;
  }

  return { stirred: (id) => stirred.add(id), fault };
}
