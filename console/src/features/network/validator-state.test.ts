import { expect, test } from 'vitest';
import { validatorState } from './validator-state.ts';

const row = { validator: 'v2', member: 'm2', gateway: '', isSelf: false, isPrimary: false };
const seen = { validator: 'v2', connected: true };

test.each([
  ['unheard', row, 'Not heard from'],
  ['cut off', { ...row, seen: { ...seen, connected: false } }, 'Offline'],
  ['behind', { ...row, seen, lag: 400 }, 'Lagging'],
  ['a block in flight is not a lag', { ...row, seen, lag: 1 }, 'Connected'],
  ['the node itself', { ...row, isSelf: true }, 'Answering'],
])('%s', (_, given, word) => expect(validatorState(given).word).toBe(word));
