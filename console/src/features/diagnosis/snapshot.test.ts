import { expect, test } from 'vitest';
import { snapshotOf } from './snapshot.ts';
import { diagnosisOf } from './test-support.ts';

test('the file says who reported it and when, and holds the whole answer', () => {
  const diagnosis = diagnosisOf({ commits: false });
  const { name, text } = snapshotOf(diagnosis, { status: undefined, gateway: 'http://127.0.0.1:8102' });
  expect(name).toBe('diagnosis-beta-20231114T221320Z.json');
  expect(JSON.parse(text)).toEqual({
    kind: 'concordat-diagnosis',
    takenAt: '2023-11-14T22:13:20.000Z',
    node: 'beta',
    gateway: 'http://127.0.0.1:8102',
    diagnosis,
  });
});
