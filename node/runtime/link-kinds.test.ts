import { describe, expect, it } from 'vitest';
import { type LinkKind, mayGiveServer, mayTake } from './link-kinds.ts';

const votes = [
  'consensus',
  'ask-newest',
  'newest',
  'hand-over',
  'pass-on',
  'bodies',
  'batch',
  'evidence',
] as const;
const requests = [
  'get-bodies',
  'get-batch',
  'get-payloads',
  'get-blocks',
  'get-decided',
  'get-snapshots',
  'get-headers',
  'ask-presence',
];
const answers = ['payloads', 'blocks', 'decided', 'snapshots', 'manifest', 'part', 'headers', 'presence'];
const peers: readonly LinkKind[] = ['validator', 'pending', 'observer', 'former'];
const all = [...votes, ...requests, ...answers, 'status', 'transactions'];

describe('what a link may carry', () => {
  it('is everything between validators', () => {
    expect(all.filter((type) => !mayTake('validator', type))).toEqual([]);
  });

  it.each(peers.slice(1))(
    'is no vote and nothing else that agreement rests on, from one that is %s',
    (kind) => {
      expect(all.filter((type) => !mayTake(kind, type))).toEqual(votes);
    },
  );

  it('is what proves itself from a server under an unknown key, and nothing that costs us work', () => {
    expect(all.filter((type) => mayTake('server', type))).toEqual([...answers, 'status']);
  });

  it('is a question to such a server', () => {
    expect(all.filter(mayGiveServer)).toEqual([...requests, 'status']);
  });

  it('is nothing that has no name here', () => {
    for (const type of ['', 'vote', 'toString', '__proto__'])
      expect([...peers, 'server' as const].filter((kind) => mayTake(kind, type))).toEqual([]);
    expect(mayGiveServer('toString')).toBe(false);
  });
});
