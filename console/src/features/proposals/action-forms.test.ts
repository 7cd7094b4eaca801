import { expect, test } from 'vitest';
import { governedActions } from '../../../../node/ledger/modules/governed.ts';
import { governedArgsOfJson } from '../../../../shared/api.ts';
import { type ActionKind, actionKinds } from '../../../../shared/types/governance.ts';
import { actionForms, actionOf, type Field, formKinds, rawActions } from './action-forms.ts';

const hex = 'ab'.repeat(32);
const proof = 'A'.repeat(86);

/** Something that passes for each field. */
function sample({ path, label, form, among }: Field): string {
  if (form === 'number') return '7';
  if (form === 'share') return '2/3';
  if (form === 'list') return 'orders/*';
  if (path === 'role') return 'reader';
  if (path === 'kind') return 'members.add';
  if (path.toLowerCase().endsWith('key')) return hex;
  if (path.includes('possession')) return proof;
  if (path === 'incarnation') return 'cd'.repeat(16);
  if (path === 'address') return 'wss://127.0.0.1:9000';
  if (path === 'gateway') return 'http://127.0.0.1:9001';
  return Array.isArray(among) || label === 'Name' ? 'Echo Bank' : 'echo';
}

test.each(formKinds)('what the form of %s makes is in the form that the ledger asks', (kind) => {
  const fields = actionForms[kind] ?? [];
  const made = actionOf(kind, Object.fromEntries(fields.map((field) => [field.path, sample(field)])));
  expect(made.ok).toBe(true);
  if (!made.ok) return;
  const governed = governedActions[kind as ActionKind];
  expect(governed?.form(governedArgsOfJson(made.action.args))).toBeUndefined();
});

test('what is missing or wrong is said at its field', () => {
  expect(actionOf('identities.grant', { identity: 'a.b' })).toEqual({
    ok: false,
    problems: { role: 'Role is missing.' },
  });
  expect(actionOf('thresholds.set', { kind: 'members.add', more: '3/3' })).toMatchObject({
    problems: { more: 'A part below 1, such as 2/3.' },
  });
  expect(actionOf('parameters.set', { 'set.window': '-1' })).toMatchObject({
    problems: { 'set.window': 'A whole number from 0.' },
  });
  expect(actionOf('parameters.set', {})).toMatchObject({ ok: false });
  expect(actionOf('parameters.set', { 'set.window': '16' })).toEqual({
    ok: true,
    action: { kind: 'parameters.set', args: { set: { window: 16 } } },
  });
});

test('raw: one action, a list, or the file of the command line', () => {
  const action = { kind: 'members.suspend', args: { member: 'echo' } };
  for (const value of [action, [action], { actions: [action] }])
    expect(rawActions(JSON.stringify(value))).toEqual([action]);
  for (const text of ['', '[]', '{"kind":"members.rule","args":{}}', '{"kind":"members.add"}'])
    expect(rawActions(text)).toBeUndefined();
  expect(actionKinds).toContain(action.kind);
});
