import { expect, test } from 'vitest';
import { eventsQuerySchema, subscribeMessageSchema } from '../../../../shared/api.ts';
import { clientCode, commandLine, filterOf, subscriptionFilter } from './filter.ts';

const none = { stream: '', streamPrefix: '', type: '', label: '' };

test('what is empty is no filter; a label must be whole', () => {
  expect(filterOf(none)).toEqual({});
  expect(filterOf({ ...none, label: 'port' })).toBeUndefined();
  const filter = filterOf({ ...none, type: 'created', label: 'a=b=c' });
  expect(eventsQuerySchema.parse(filter)).toEqual({ type: 'created', label: 'a=b=c' });
});

test('a list and its tail are filtered alike', () => {
  const filter = subscriptionFilter({ streamPrefix: 'orders/', label: 'a=b=c' });
  expect(filter).toEqual({ streamPrefix: 'orders/', labels: { a: 'b=c' } });
  expect(subscribeMessageSchema.parse({ type: 'subscribe', topic: 'events', from: 7, filter })).toBeTruthy();
});

test('the same query as code and as a command line', () => {
  expect(clientCode({ type: 'x' }, 12)).toContain('from: 12, filter: {"type":"x"}');
  expect(commandLine({ type: 'x' })).toBeUndefined();
  expect(commandLine({ stream: "it's" })).toBe("concordat stream read 'it'\\''s' --follow --json");
});
