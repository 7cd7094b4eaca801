import { expect, test } from 'vitest';
import { differences } from './differences.ts';

test('what differs comes first; nothing and an empty list are not the same', () => {
  expect(
    differences({ id: 'a', roles: ['auditor'] }, { id: 'a', roles: ['auditor', 'operator'], streams: [] }),
  ).toEqual([
    { name: 'roles', before: 'auditor', after: 'auditor, operator', differs: true },
    { name: 'streams', before: undefined, after: '', differs: true },
    { name: 'id', before: 'a', after: 'a', differs: false },
  ]);
  expect(differences(undefined, { n: 5 })).toEqual([
    { name: 'n', before: undefined, after: '5', differs: true },
  ]);
});

test('admins of a member are named, each with its key; those that come, go or change theirs stand out', () => {
  const [kept, old, fresh] = ['aa'.repeat(32), 'bb'.repeat(32), 'cc'.repeat(32)];
  expect(
    differences({ admins: { 'e.one': kept, 'e.two': old } }, { admins: { 'e.one': kept, 'e.two': fresh } }),
  ).toEqual([
    {
      name: 'admins',
      before: [
        { name: 'e.one', text: kept, differs: false },
        { name: 'e.two', text: old, differs: true },
      ],
      after: [
        { name: 'e.one', text: kept, differs: false },
        { name: 'e.two', text: fresh, differs: true },
      ],
      differs: true,
    },
  ]);
  expect(differences(undefined, { admins: { 'e.one': kept } })).toEqual([
    {
      name: 'admins',
      before: undefined,
      after: [{ name: 'e.one', text: kept, differs: true }],
      differs: true,
    },
  ]);
});

test('a share is a fraction, a payload has its event and size, a suspicion who and since when', () => {
  const payload = { digest: 'aa', stream: 'orders/1', eventId: 'e1', size: 50 };
  const shown = differences(
    { more: [1, 2], payloads: [{ ...payload, isErased: false }], owner: 'delta' },
    {
      more: [2, 3],
      payloads: [{ ...payload, isErased: true }],
      owner: 'delta',
      suspected: { since: { height: 7 }, reason: 'a stolen laptop', by: { proposal: 3 }, at: 9 },
    },
  );
  expect(shown).toEqual([
    { name: 'more', before: '1/2', after: '2/3', differs: true },
    {
      name: 'payloads',
      before: [{ name: 'orders/1, event e1', text: '50 bytes', differs: true }],
      after: [{ name: 'orders/1, event e1', text: '50 bytes, erased', differs: true }],
      differs: true,
    },
    {
      name: 'suspected',
      before: undefined,
      after: 'since block 7, by proposal 3: a stolen laptop',
      differs: true,
    },
    { name: 'owner', before: 'delta', after: 'delta', differs: false },
  ]);
});
