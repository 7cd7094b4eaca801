/** Lets a message through a link that may carry it, and names every other (rule C1). */
import { decode } from '../../shared/codec/dag-cbor.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { type LinkKind, mayGiveServer, mayTake } from '../runtime/link-kinds.ts';
import type { LogLevel, LogPort } from '../runtime/ports.ts';
import { frameItemsMax } from '../runtime/wire-bounds.ts';
import type { RepetitionFilter } from './repetition.ts';

export interface Gate {
  /** Whether what came over such a link goes on to the runtime. */
  takes(from: ValidatorId, kind: LinkKind, frame: Uint8Array): boolean;
  /** Whether the runtime's message is sent to a server under an unknown key. */
  givesServer(to: ValidatorId, frame: Uint8Array): boolean;
}

interface RefusedFrame {
  readonly peer: ValidatorId;
  readonly kind: LinkKind;
  readonly type: string;
  readonly direction: 'received' | 'sent';
}

const unreadable = 'unreadable';

export function createGate(
  log: LogPort,
  isNew: RepetitionFilter,
  { frameBytesMax }: { readonly frameBytesMax: number },
): Gate {
  /** Between validators, where nearly all frames travel, the type is not even looked at. */
  function takes(from: ValidatorId, kind: LinkKind, frame: Uint8Array): boolean {
    if (kind === 'validator') return true;
    const type = typeOf(frame);
    return mayTake(kind, type) || refuse('warn', { peer: from, kind, type, direction: 'received' });
  }

  function givesServer(to: ValidatorId, frame: Uint8Array): boolean {
    const type = typeOf(frame);
    return mayGiveServer(type) || refuse('debug', { peer: to, kind: 'server', type, direction: 'sent' });
  }

  function refuse(level: LogLevel, facts: RefusedFrame): false {
    const repeated = isNew(`${facts.direction} ${facts.peer} ${facts.type}`);
    if (repeated !== undefined) log.write(level, 'link-frame-refused', { ...facts, rule: 'C1', repeated });
    return false;
  }

  function typeOf(frame: Uint8Array): string {
    try {
      return namedType(decode(frame, { bytesMax: frameBytesMax, itemsMax: frameItemsMax(frame.length) }));
    } catch {
      // Whatever is wrong with it, it is no message that such a link may carry.
      return unreadable;
    }
  }

  return { takes, givesServer };
}

function namedType(value: CborValue): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return unreadable;
  const { type } = value as { readonly [key: string]: CborValue };
  return typeof type === 'string' ? type.slice(0, typeLengthMax) : unreadable;
}

/** A stranger's text goes into our log. */
const typeLengthMax = 32;
