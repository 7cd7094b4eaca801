import type { RegisteredKeyKind } from '../../../../shared/codec/key-possession.ts';

interface Span {
  /** Heights; `until` of one that was replaced or whose owner has ended. */
  readonly since: number;
  readonly until?: number;
}

export interface HeldKey extends Span {
  /** Id of the validator, observer or identity. */
  readonly holder: string;
  readonly kind: RegisteredKeyKind;
  readonly key: string;
  /** Why it is taken for stolen. */
  readonly suspected?: string;
}

/**
 * Those of an owner's keys that were in force in the block of this height. In the block that replaces a key there are
 * two: what stands before the replacement was signed by the old one.
 */
export const keysAt = <Key extends Span>(keys: readonly Key[], height: number): readonly Key[] =>
  keys.filter(({ since, until }) => since <= height && (until === undefined || height <= until));

export type When = { readonly all: true } | { readonly now: true } | { readonly height: number };

/** What is asked for: every key ever, those in use, or those of a height. The newest first. */
export function keysWhen(keys: readonly HeldKey[], when: When): readonly HeldKey[] {
  const chosen =
    'height' in when
      ? keysAt(keys, when.height)
      : 'now' in when
        ? keys.filter(({ until }) => until === undefined)
        : keys;
  return chosen.toSorted((a, b) => b.since - a.since);
}

/** From `?at=`: empty for those in use, `all`, or a height; undefined if it is neither. */
export function whenOf(text: string): When | undefined {
  if (text === '') return { now: true };
  if (text === 'all') return { all: true };
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? { height: Number(text) } : undefined;
}
