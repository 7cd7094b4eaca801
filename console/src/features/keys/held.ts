import type { KeyHolderJson } from '../../../../shared/api.ts';
import type { RegisteredKeyKind } from '../../../../shared/codec/key-possession.ts';

export interface HeldKey {
  /** Id of the validator, observer or identity. */
  readonly holder: string;
  readonly standing: KeyHolderJson['standing'] | 'identity';
  readonly kind: RegisteredKeyKind;
  readonly key: string;
  /** Height of the block that registered it. */
  readonly registered: number;
  /** First height at which it is in force; absent if it never was, or is not yet. */
  readonly from?: number | undefined;
  /** Of a validator the first height at which it no longer is, of an identity that of the block that ends it. */
  readonly until?: number | undefined;
  /** Why it is taken for stolen. */
  readonly suspected?: string | undefined;
}

/**
 * Those of an identity's keys that were in force in the block of this height. In the block that replaces a key there
 * are two: what stands before the replacement was signed by the old one.
 */
export const keysAt = <Key extends { readonly since: number; readonly until?: number }>(
  keys: readonly Key[],
  height: number,
): readonly Key[] =>
  keys.filter(({ since, until }) => since <= height && (until === undefined || height <= until));

export type When = { readonly all: true } | { readonly now: true } | { readonly height: number };

/** What is asked for: every key ever, those in use, or those of a height. The newest first. */
export function keysWhen(keys: readonly HeldKey[], when: When): readonly HeldKey[] {
  const begun = (key: HeldKey) => key.from ?? key.registered;
  return keys.filter((key) => isHeld(key, when)).toSorted((a, b) => begun(b) - begun(a));
}

function isHeld({ kind, from, until = Number.POSITIVE_INFINITY }: HeldKey, when: When): boolean {
  if ('all' in when) return true;
  if (from === undefined) return false;
  if ('now' in when) return until === Number.POSITIVE_INFINITY;
  const { height } = when;
  return from <= height && (kind === 'identity' ? height <= until : height < until);
}

/** From `?at=`: empty for those in use, `all`, or a height; undefined if it is neither. */
export function whenOf(text: string): When | undefined {
  if (text === '') return { now: true };
  if (text === 'all') return { all: true };
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? { height: Number(text) } : undefined;
}
