/**
 * Checks of the form of arguments: total functions over any CBOR value, which never throw. A problem names the
 * place (`events[2].labels`) and what was expected there. Paths are put together only on the way out of a failure.
 */
import { type CborMap, isCborMap } from '../../shared/codec/structure.ts';
import type { CborValue, Rejection } from '../../shared/types/ledger.ts';
import { amountMax } from './limits.ts';
import { rejection } from './rejections.ts';
import { isNfc, isTrimmed, utf8Length } from './text.ts';

export interface FormProblem {
  /** Empty for the value itself, else such as `.stream` or `[0].type`. */
  readonly path: string;
  readonly expected: string;
}
export type FormCheck = (value: CborValue) => FormProblem | undefined;

/** A field that may be absent. */
export interface OptionalField {
  readonly optional: FormCheck;
}
export type Fields = { readonly [name: string]: FormCheck | OptionalField };

/** A check of an action's arguments as modules list it. */
export function argsForm(check: FormCheck): (args: CborValue) => Rejection | undefined {
  return (args) => {
    const problem = check(args);
    if (problem === undefined) return undefined;
    return rejection({
      code: 'malformed-args',
      facts: { path: `args${problem.path}`, expected: problem.expected },
    });
  };
}

/** A stranger's key in a path: shown if it is short and plain, since outcomes keep what is shown. */
function pathName(key: string): string {
  return /^[A-Za-z0-9_-]{1,64}$/.test(key) ? `.${key}` : '.?';
}

/** Exactly these fields, none else. */
export function fields(shape: Fields): FormCheck {
  const checks = Object.entries(shape).map(([name, field]) =>
    typeof field === 'function'
      ? { name, check: field, optional: false }
      : { name, check: field.optional, optional: true },
  );
  return (value) => {
    if (!isCborMap(value)) return { path: '', expected: `map with ${Object.keys(shape).join(', ')}` };
    let present = 0;
    for (const { name, check, optional } of checks) {
      if (!Object.hasOwn(value, name)) {
        if (optional) continue;
        return { path: `.${name}`, expected: 'this field' };
      }
      present += 1;
      const problem = check(value[name] as CborValue);
      if (problem !== undefined) return { ...problem, path: `.${name}${problem.path}` };
    }
    return present === Object.keys(value).length ? undefined : unexpectedField(value, shape);
  };
}

function unexpectedField(value: CborMap, shape: Fields): FormProblem {
  const name = Object.keys(value).find((key) => !Object.hasOwn(shape, key));
  return { path: pathName(name ?? ''), expected: `no field besides ${Object.keys(shape).join(', ')}` };
}

export function list(element: FormCheck, lengthMin: number, lengthMax: number): FormCheck {
  const expected = `list of ${lengthMin} to ${lengthMax}`;
  return (value) => {
    if (!Array.isArray(value) || value.length < lengthMin || value.length > lengthMax) {
      return { path: '', expected };
    }
    for (const [index, item] of value.entries()) {
      const problem = element(item as CborValue);
      if (problem !== undefined) return { ...problem, path: `[${index}]${problem.path}` };
    }
    return undefined;
  };
}

/** A map with free names. */
export function dictionary(name: FormCheck, entry: FormCheck, sizeMax: number): FormCheck {
  return (value) => {
    if (!isCborMap(value)) return { path: '', expected: 'map' };
    const names = Object.keys(value);
    if (names.length > sizeMax) return { path: '', expected: `at most ${sizeMax} entries` };
    for (const key of names) {
      const problem = name(key) ?? entry(value[key] as CborValue);
      if (problem !== undefined) return { ...problem, path: `${pathName(key)}${problem.path}` };
    }
    return undefined;
  };
}

/** A list of texts, none of them twice. */
export function distinct(texts: FormCheck): FormCheck {
  return (value) => {
    const problem = texts(value);
    if (problem !== undefined) return problem;
    const seen = value as readonly string[];
    const again = seen.findIndex((item, index) => seen.indexOf(item) < index);
    return again < 0 ? undefined : { path: `[${again}]`, expected: 'each one once' };
  };
}

/** Text that neither begins nor ends with white space. */
export function trimmed(check: FormCheck): FormCheck {
  return (value) => {
    const problem = check(value);
    if (problem !== undefined || isTrimmed(value as string)) return problem;
    return { path: '', expected: 'text without white space at its ends' };
  };
}

/** NFC text, its length in bytes of UTF-8. */
export function text(bytesMin: number, bytesMax: number): FormCheck {
  const expected = `NFC text of ${bytesMin} to ${bytesMax} bytes`;
  return (value) => {
    if (typeof value !== 'string' || value.length > bytesMax) return { path: '', expected };
    const length = utf8Length(value);
    return length >= bytesMin && length <= bytesMax && isNfc(value) ? undefined : { path: '', expected };
  };
}

/** @param expected the form in words, with an example */
export function pattern(expression: RegExp, expected: string): FormCheck {
  return (value) =>
    typeof value === 'string' && expression.test(value) ? undefined : { path: '', expected };
}

export function integer(min: number, max: number): FormCheck {
  const expected = `integer from ${min} to ${max}`;
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : { path: '', expected };
}

/** 1…2^64−1; above 2^53−1 CBOR integers decode to bigint. */
export function positiveAmount(value: CborValue): FormProblem | undefined {
  const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (isInteger && (value as number | bigint) >= 1 && (value as number | bigint) <= amountMax)
    return undefined;
  return { path: '', expected: `integer from 1 to ${amountMax}` };
}

export function byteString(length: number): FormCheck {
  return (value) =>
    value instanceof Uint8Array && value.length === length
      ? undefined
      : { path: '', expected: `byte string of ${length} bytes` };
}

export function either(first: FormCheck, second: FormCheck): FormCheck {
  return (value) => {
    const problem = first(value);
    const other = problem === undefined ? undefined : second(value);
    if (problem === undefined || other === undefined) return undefined;
    return { path: '', expected: `${problem.expected} or ${other.expected}` };
  };
}

export function exactly(wanted: string): FormCheck {
  return (value) => (value === wanted ? undefined : { path: '', expected: `"${wanted}"` });
}

export function oneOf(wanted: readonly string[]): FormCheck {
  const expected = `one of ${wanted.join(', ')}`;
  return (value) => (wanted.includes(value as string) ? undefined : { path: '', expected });
}

export function trueOrFalse(value: CborValue): FormProblem | undefined {
  return typeof value === 'boolean' ? undefined : { path: '', expected: 'true or false' };
}

export function anything(_value: CborValue): undefined {
  return undefined;
}
