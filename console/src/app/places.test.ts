import { expect, test } from 'vitest';
import { type Access, access } from '../../../node/gateway/access.ts';
import { plainPlaces } from '../../../scripts/lib/console-places.ts';
import { routePaths } from '../../../shared/console-paths.ts';
import { roles } from '../../../shared/types/ledger.ts';
import { closedReason, places, settingsPlace } from './places.ts';

test.each(places.flatMap(({ path, needs }) => (needs === undefined ? [] : [[path, needs] as const])))(
  '%s is open to those whom the gateway lets in, and to nobody else',
  (_, needs) => {
    const rule: Access = access[needs.asks];
    const open = rule === 'public' ? roles : (rule.writers ?? rule.roles);
    expect(needs.roles.toSorted()).toEqual(open.toSorted());
  },
);

test('every place has a page', () => {
  expect(routePaths).toEqual(expect.arrayContaining([...places, settingsPlace].map(({ path }) => path)));
});

test('a picture is taken of every page that needs no name', () => {
  const plain = routePaths.filter((path) => !path.includes(':') && path !== '*');
  expect(plainPlaces.toSorted()).toEqual(plain.toSorted());
});

test('a place without needs is open; a closed one says who may and who asks', () => {
  const network = places.find(({ path }) => path === '/network')!;
  const streams = places.find(({ path }) => path === '/streams')!;
  expect(closedReason(streams, ['reader'])).toBeUndefined();
  expect(closedReason(network, ['auditor', 'operator'])).toBeUndefined();
  expect(closedReason(network, ['auditor', 'reader'])).toBe(
    'Needs the role admin or operator; you have auditor, reader',
  );
});
