/** Whether a load balancer should send clients to a node that follows (`/readyz`). */
import { expect, test } from 'vitest';
import { heightOf, type ValidatorId } from '../shared/types/brands.ts';
import { gatewayNodeOf } from './gateway-node.ts';

const validators = ['v1', 'v2', 'v3', 'v4'] as readonly string[] as readonly ValidatorId[];

/** @param heights what v1, v2, … said of themselves; undefined: there is no link */
function reasonOf(
  self: string,
  heights: readonly (number | undefined)[],
  { height = 100, target }: { readonly height?: number; readonly target?: number } = {},
): string | undefined {
  const mode = validators.includes(self as ValidatorId) ? 'voting' : 'observing';
  const peers = heights.map((said, index) => ({
    id: validators[index],
    open: said !== undefined,
    status: { height: said ?? 100 },
  }));
  const node = {
    status: () => ({
      validator: self,
      phase: 'running',
      consensus: { mode },
      tip: { height: heightOf(height) },
      pool: { count: 0, bytes: 0 },
      payloads: { count: 0, bytes: 0, missing: 0 },
      ...(target !== undefined && { catchUp: { target } }),
    }),
    peers: () => peers,
  };
  const membership = () => ({ validators: validators.map((id) => ({ id })) });
  return gatewayNodeOf({ node, membership } as never).status().notReadyReason;
}

test.each([
  ['follows closely', [100, 100, 101, 101], {}, undefined],
  ['fetches what is new', [102, 102, 102, 102], { target: 102 }, undefined],
  ['is far behind', [900, 900, 900, 900], { target: 900 }, 'catching-up'],
  ['is told of what it has not begun to fetch', [900, 900, 100, 100], {}, 'catching-up'],
  ['is told so by one, who may lie', [900, 100, 100, 100], {}, undefined],
  ['reaches f + 1', [100, undefined, undefined, 100], {}, undefined],
  ['reaches f', [100, undefined, undefined, undefined], {}, 'validators-not-reached'],
])('an observer that %s', (_, heights, at, reason) => {
  expect(reasonOf('mirror', heights, at)).toBe(reason);
});

test('a validator is not ready while it fetches anything, and depends on nobody', () => {
  expect(reasonOf('v1', [], { target: 101 })).toBe('catching-up');
  expect(reasonOf('v1', [])).toBeUndefined();
});
