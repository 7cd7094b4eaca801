import { expect, test } from 'vitest';
import { GatewayError } from '../../lib/gateway-error.ts';
import { observerOf, originOf } from './observers.ts';

const alpha = { id: 'alpha', gateway: 'http://127.0.0.1:8101/' };
const chosen = { node: 'alpha', origin: 'https://console.example' };

test('the chosen gateway answers for its own node, also behind a load balancer', () => {
  expect(originOf(alpha, chosen)).toBe('https://console.example');
  expect(originOf(alpha, { ...chosen, node: 'beta' })).toBe('http://127.0.0.1:8101');
  expect(originOf({ id: 'gamma', gateway: '' }, chosen)).toBe('');
});

const data = { node: 'alpha', nowMs: 1, rows: [{ validator: 'beta' }] } as never;

test.each([
  ['nobody is signed in there', undefined, 'not-signed-in'],
  ['it is being asked', { data: undefined, error: null }, 'asking'],
  ['it does not answer, whatever it said before', { data, error: new Error('gone') }, 'no-answer'],
  ['its session has ended', { data, error: problem('sign-in-required') }, 'not-signed-in'],
  ['one may not ask it', { data: undefined, error: problem('role-missing') }, 'role-missing'],
])('%s', (_, answer, silence) => {
  expect(observerOf('alpha', 'http://a', answer)).toEqual({
    validator: 'alpha',
    origin: 'http://a',
    silence,
  });
});

test('what it sees, by whom it sees', () => {
  expect(observerOf('alpha', 'http://a', { data, error: null }).sees?.get('beta')).toEqual({
    validator: 'beta',
  });
});

function problem(code: 'sign-in-required' | 'role-missing'): GatewayError {
  return GatewayError.problem({
    ...{ type: '', title: '', status: 401, detail: '', facts: {}, next: '', requestId: '' },
    code,
  });
}
