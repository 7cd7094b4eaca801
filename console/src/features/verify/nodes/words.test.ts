import { expect, test } from 'vitest';
import type { Comparison } from './compare.ts';
import { alertOf, wordsOfComparison } from './words.ts';

test.each<[Comparison, string, RegExp]>([
  [
    { kind: 'agree', nodes: ['alpha', 'beta'], heights: [1204, 1203], height: 1203, block: 'ab'.repeat(32) },
    'verified',
    /^alpha and beta agree up to block 1,203/,
  ],
  [
    { kind: 'behind', nodes: ['beta', 'alpha'], heights: [7, 1204], height: 7, block: 'ab'.repeat(32) },
    'lagging',
    /^beta is 1,197 blocks behind alpha Both show the same block 7, and alpha proves block 1,204/,
  ],
  [{ kind: 'silent', node: 'beta.example' }, 'offline', /^beta\.example does not answer/],
  [{ kind: 'closed', wasOpen: false }, 'unknown', /^Nobody is signed in at the second node/],
  [{ kind: 'closed', wasOpen: true }, 'unknown', /^The session at the second node has ended/],
  [
    { kind: 'refused', node: 'beta.example', why: 'Not for this role' },
    'offline',
    /^beta\.example does not say what it has Not for this role\. Nothing is compared/,
  ],
  [
    { kind: 'other-network', node: 'beta', network: 'cd'.repeat(32) },
    'failed',
    /^beta claims another network/,
  ],
  [
    { kind: 'unproven', node: 'beta', height: 7, why: 'Fewer seals than a quorum' },
    'failed',
    /^beta cannot prove its block 7 Fewer seals than a quorum/,
  ],
  [
    {
      kind: 'contradiction',
      nodes: ['alpha', 'beta'],
      height: 7,
      blocks: ['aa'.repeat(32), 'bb'.repeat(32)],
    },
    'failed',
    /^Two sealed blocks at height 7 alpha shows aaaaaaaa…aaaa and beta shows bbbbbbbb…bbbb/,
  ],
])('%j is told as %s', (comparison, kind, words) => {
  const { kind: shown, title, text } = wordsOfComparison(comparison);
  expect(shown).toBe(kind);
  expect(`${title} ${text}`).toMatch(words);
});

const agree: Comparison = {
  kind: 'agree',
  nodes: ['alpha', 'beta'],
  heights: [9, 9],
  height: 9,
  block: 'ab'.repeat(32),
};

test.each<Comparison | undefined>([undefined, agree, { kind: 'closed', wasOpen: false }])(
  'of %j the other pages say nothing',
  (data) => expect(alertOf({ data, error: null })).toBeUndefined(),
);

test.each<Comparison>([
  { kind: 'closed', wasOpen: true },
  { kind: 'silent', node: 'beta.example' },
  { kind: 'refused', node: 'beta.example', why: 'Not for this role' },
])('of %j every page tells', (data) =>
  expect(alertOf({ data, error: null })).toEqual(wordsOfComparison(data)),
);

test('an error is told on every page, however well the nodes agreed before', () => {
  expect(alertOf({ data: agree, error: new Error('The worker could not be started.') })).toEqual({
    kind: 'unknown',
    title: 'The two nodes could not be compared',
    text: 'The worker could not be started. What was compared before says nothing of what is newer.',
  });
});
