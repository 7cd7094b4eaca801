/** Refusals about event schemas, and what to tell people (rejections.ts). Paths are JSON Pointers (RFC 6901). */
import type { Named, RejectionText } from './rejections.ts';

/** Why a value is no schema of the subset. */
export type SchemaFault =
  | Named<'schema-too-large', { bytes: number; bytesMax: number }>
  | Named<'schema-keyword-unsupported', { path: string; keyword: string }>
  /** `keyword` is empty if the schema itself has not the form of one. */
  | Named<'schema-malformed', { path: string; keyword: string; expected: string }>;

/** Why an event is not appended. */
export type EventFault =
  | Named<
      'schema-violation',
      { stream: string; eventId: string; path: string; keyword: string; expected: string }
    >
  | Named<
      'schema-steps-exceeded' | 'schema-block-steps-exceeded',
      { stream: string; eventId: string; stepsMax: number }
    >;

export type SchemaRejection = SchemaFault | EventFault | Named<'schema-unchanged', { stream: string }>;

export const schemaTexts: { readonly [Code in SchemaRejection['code']]: RejectionText } = {
  'schema-too-large': {
    headline: 'The schema has more bytes than one may have.',
    nextStep: 'Shorten it: put what repeats under $defs and refer to it.',
  },
  'schema-keyword-unsupported': {
    headline: 'The schema uses a keyword that event schemas do not have.',
    nextStep:
      'Take it out at the path shown; the documentation of schemas lists the keywords, and why some are missing.',
  },
  'schema-malformed': {
    headline: 'The schema is not one of the subset of JSON Schema 2020-12 that this ledger checks.',
    nextStep: 'Correct the keyword at the path shown.',
  },
  'schema-unchanged': {
    headline: 'The stream has this very schema, or none to remove.',
    nextStep: 'Nothing is to be done; look at the schema of the stream.',
  },
  'schema-violation': {
    headline: 'The event is not what the schema of its stream asks for.',
    nextStep: 'Correct the event at the path shown, sign the new transaction, and submit that.',
  },
  'schema-steps-exceeded': {
    headline:
      'Checking the events of this append against the schema of their stream takes more steps than one append may.',
    nextStep: 'Append fewer or smaller events at once, or let the members simplify the schema.',
  },
  'schema-block-steps-exceeded': {
    headline:
      'Checking the events of this append takes more steps than its bytes stand for, and others of its block used up the rest.',
    nextStep: 'Sign a new transaction and submit that: the next block has its own steps.',
  },
};
