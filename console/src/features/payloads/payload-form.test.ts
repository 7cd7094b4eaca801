import { describe, expect, test } from 'vitest';
import { payloadBytesMax } from '../../../../shared/codec/payload.ts';
import { emptyPayload, type PayloadForm, problemsOf } from './payload-form.ts';

const form: PayloadForm = {
  ...emptyPayload,
  kind: 'confidential',
  text: 'secret',
  recipients: ['beta.submitter'],
};
const fieldsOf = (changes: Partial<PayloadForm>): readonly string[] =>
  Object.keys(problemsOf({ ...form, ...changes }));

describe('what keeps a payload from being encrypted', () => {
  test('nothing, if there is none, or if all is there', () => {
    expect(problemsOf(emptyPayload)).toEqual({});
    expect(problemsOf(form)).toEqual({});
  });

  test('that it is empty, too large, or for nobody', () => {
    expect(fieldsOf({ text: '' })).toEqual(['content']);
    expect(fieldsOf({ recipients: [] })).toEqual(['recipients']);
    const file = { name: 'f', bytes: new Uint8Array(payloadBytesMax + 1) };
    expect(fieldsOf({ file, recipients: [] })).toEqual(['content', 'recipients']);
  });

  test('a file goes before what is typed', () => {
    const file = { name: 'f', bytes: new Uint8Array(1) };
    expect(fieldsOf({ text: '', file })).toEqual([]);
    expect(fieldsOf({ file: { ...file, bytes: new Uint8Array() } })).toEqual(['content']);
  });
});
