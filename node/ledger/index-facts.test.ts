import { expect, test } from 'vitest';
import { balanceChanges, touchedBy } from './index-facts.ts';
import { readBalance } from './modules/assets.ts';
import { createChain, plainEvent, transactionOf } from './test-support.ts';

test('an append touches its stream and the labels of its events, each once', () => {
  const chain = createChain();
  const labels = { country: 'Zambia', mode: 'Air' };
  const events = [
    { ...plainEvent('a'), labels },
    { ...plainEvent('b'), labels: { country: 'Zambia' } },
  ];
  const [ran] = chain.run([
    transactionOf(chain.genesis, 'streams.append', { stream: 's', expectedRevision: 'any', events }),
  ]).ran;
  expect(touchedBy(ran!)).toEqual({
    sender: 'north.submitter',
    receivers: [],
    streams: ['s'],
    labels: ['mode=Air', 'country=Zambia'],
    assets: [],
  });
});

test('a failed transaction of an unknown key touches nothing', () => {
  const chain = createChain();
  const [ran] = chain.run([transactionOf(chain.genesis, 'streams.append', null, { sender: 'nobody' })]).ran;
  expect(touchedBy(ran!)).toEqual({ receivers: [], streams: [], labels: [], assets: [] });
});

test('balance changes sum to the balances of state, also beyond 2^53', () => {
  const chain = createChain();
  const send = (action: string, args: Parameters<typeof transactionOf>[2]) =>
    transactionOf(chain.genesis, `assets.${action}`, args);
  const { ran } = chain.run([
    send('define', { asset: 'gold', decimals: 0 }),
    send('issue', { asset: 'gold', to: 'north.submitter', amount: 2n ** 60n }),
    send('transfer', { asset: 'gold', to: 'south.admin', amount: 2n ** 59n + 1n }),
    send('transfer', { asset: 'gold', to: 'north.submitter', amount: 3 }),
    send('burn', { asset: 'gold', amount: 5 }),
    send('burn', { asset: 'gold', amount: 2n ** 60n }),
  ]);
  const sums = new Map<string, bigint>();
  for (const { identity, delta } of ran.flatMap(({ events }) => events).flatMap(balanceChanges)) {
    sums.set(identity, (sums.get(identity) ?? 0n) + delta);
  }
  expect(sums).toEqual(
    new Map([
      ['north.submitter', 2n ** 59n - 6n],
      ['south.admin', 2n ** 59n + 1n],
    ]),
  );
  for (const [identity, sum] of sums) expect(readBalance(chain.view, 'gold', identity)).toBe(sum);
  expect(ran.map((each) => touchedBy(each).receivers)).toEqual([
    [],
    ['north.submitter'],
    ['south.admin'],
    ['north.submitter'],
    [],
    [],
  ]);
});
