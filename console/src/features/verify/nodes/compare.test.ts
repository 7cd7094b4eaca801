import { expect, test, vi } from 'vitest';
import type { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import type { verify } from '../api/verifier.ts';
import { type ComparisonPorts, compare } from './compare.ts';

const network = 'ab'.repeat(32);
const alpha = 'https://alpha.example';
const beta = 'https://beta.example';

const problem = (code: string, title: string) =>
  GatewayError.problem({ code, title, detail: '', next: '' } as Parameters<typeof GatewayError.problem>[0]);
const signInRequired = problem('sign-in-required', 'Sign in first');
const roleMissing = problem('role-missing', 'Not for this role');
const forever = () => new Promise<never>(() => {});

type Answer = () => unknown;

/** How one gateway answers; whatever is not named is answered as an honest one does. */
interface Node {
  readonly height: () => number;
  readonly genesis?: Answer;
  readonly status?: Answer;
  readonly block?: (height: number) => unknown;
  /** Asked while a block is verified. */
  readonly epochs?: (signal: AbortSignal | undefined) => Promise<unknown>;
}

const at = (height: number): Node => ({ height: () => height });

function portsTo(one: Node, other: Node, isOpen = true) {
  const asked: string[] = [];
  const nodeAt = (origin = '') => (origin === alpha ? one : other);
  const answer = async (name: string, origin = '', height = 0): Promise<unknown> => {
    const node = nodeAt(origin);
    asked.push(`${name} ${new URL(origin).hostname}`);
    if (name === 'genesis') return node.genesis?.() ?? { network };
    if (name === 'status')
      return node.status?.() ?? { node: origin.slice(8, -8), network, height: node.height() };
    return node.block?.(height) ?? { height, block: `block ${height}` };
  };
  const sessions = new Set(isOpen ? [beta] : []);
  const answered = new Set<string>();
  const ports: ComparisonPorts = {
    ask: ((name: string, { origin, params }: { origin?: string; params?: { heightOrHash?: string } }) =>
      answer(name, origin, Number(params?.heightOrHash ?? 0))) as typeof ask,
    verify: (async (subject: { block: unknown }, _network: string, origin: string, signal?: AbortSignal) => {
      await nodeAt(origin).epochs?.(signal);
      return { checks: [], proven: subject.block };
    }) as unknown as typeof verify,
    sessions: {
      isOpen: (origin) => sessions.has(origin),
      wasOpen: (origin) => answered.has(origin),
      answered: (origin) => answered.add(origin),
      ended: (origin) => sessions.delete(origin),
    },
  };
  return { ports, asked };
}

const compareOf = (one: Node, other: Node) => compare([alpha, beta], network, portsTo(one, other).ports);

test('two nodes with the same block at the lower of their heights agree', async () => {
  expect(await compareOf(at(12), at(10))).toEqual({
    kind: 'agree',
    nodes: ['alpha', 'beta'],
    heights: [12, 10],
    height: 10,
    block: 'block 10',
  });
});

test('another proven block at one height is a contradiction', async () => {
  const forked: Node = { ...at(10), block: (height) => ({ height, block: 'forked' }) };
  expect(await compareOf(at(10), forked)).toEqual({
    kind: 'contradiction',
    nodes: ['alpha', 'beta'],
    height: 10,
    blocks: ['block 10', 'forked'],
  });
});

test('two nodes that give the same name are told apart by where they answer', async () => {
  const named = (node: Partial<Node>): Node => ({
    ...at(10),
    status: () => ({ node: 'alpha', network, height: 10 }),
    ...node,
  });
  const names = ['alpha at alpha.example', 'alpha at beta.example'];
  expect(await compareOf(named({}), named({}))).toMatchObject({ kind: 'agree', nodes: names });
  const forked = named({ block: (height) => ({ height, block: 'forked' }) });
  expect(await compareOf(named({}), forked)).toMatchObject({ kind: 'contradiction', nodes: names });
  const higher = named({ status: () => ({ node: 'alpha', network, height: 90 }) });
  expect(await compareOf(higher, named({}))).toMatchObject({ kind: 'behind', nodes: [...names].reverse() });
  const without = named({ block: () => Promise.reject(problem('height-not-reached', 'Not yet')) });
  expect(await compareOf(named({}), without)).toMatchObject({ kind: 'unproven', node: names[1] });
});

test.each<[string, (held: () => Promise<never>) => Partial<Node>]>([
  ['its genesis', (held) => ({ genesis: held })],
  ['its status', (held) => ({ status: held })],
  ['its block', (held) => ({ block: held })],
  ['its epochs', (held) => ({ epochs: held })],
])('a second node that holds %s open is silent at the deadline', async (_, holding) => {
  const deadline = new AbortController();
  const held = vi.fn(forever);
  const { ports } = portsTo(at(10), { ...at(10), ...holding(held) });
  const comparison = compare([alpha, beta], network, ports, deadline.signal);
  await vi.waitFor(() => expect(held).toHaveBeenCalled());
  deadline.abort();
  expect(await comparison).toEqual({ kind: 'silent', node: 'beta.example' });
});

test('a first node that holds its block open is the silent one', async () => {
  const deadline = new AbortController();
  const held = vi.fn(forever);
  const { ports } = portsTo({ ...at(10), block: held }, at(10));
  const comparison = compare([alpha, beta], network, ports, deadline.signal);
  await vi.waitFor(() => expect(held).toHaveBeenCalled());
  deadline.abort();
  expect(await comparison).toEqual({ kind: 'silent', node: 'alpha.example' });
});

test('the deadline also ends what verifying asks of a node', async () => {
  const deadline = new AbortController();
  const signals: (AbortSignal | undefined)[] = [];
  const epochs = async (signal: AbortSignal | undefined) => signals.push(signal);
  const { ports } = portsTo({ ...at(10), epochs }, { ...at(10), epochs });
  await compare([alpha, beta], network, ports, deadline.signal);
  expect(signals).toEqual([deadline.signal, deadline.signal]);
});

const refusing = (error: Error) => () => Promise.reject(error);

test.each<[string, Partial<Node>]>([
  ['its block', { block: refusing(signInRequired) }],
  ['its epochs', { epochs: refusing(signInRequired) }],
])('a second node that asks for a session at %s has ended it', async (_, refused) => {
  const { ports } = portsTo(at(10), { ...at(10), ...refused });
  expect(await compare([alpha, beta], network, ports)).toEqual({ kind: 'closed', wasOpen: true });
  expect(ports.sessions.isOpen(beta)).toBe(false);
});

test.each<[string, Partial<Node>]>([
  ['its block', { block: refusing(roleMissing) }],
  ['its epochs', { epochs: refusing(roleMissing) }],
])('a second node that refuses %s cannot prove what it names', async (_, refused) => {
  expect(await compareOf(at(10), { ...at(10), ...refused })).toEqual({
    kind: 'unproven',
    node: 'beta',
    height: 10,
    why: 'Not for this role',
  });
});

test('a second node whose status has another form does not say what it has', async () => {
  const status = refusing(GatewayError.badAnswer(beta, ''));
  expect(await compareOf(at(10), { ...at(10), status })).toEqual({
    kind: 'refused',
    node: 'beta.example',
    why: 'The node sent an answer of another shape',
  });
});

test.each(['rate-limited', 'not-ready'])('a second node that is %s is asked again', async (code) => {
  const block = refusing(problem(code, 'Later'));
  expect(await compareOf(at(10), { ...at(10), block })).toEqual({ kind: 'silent', node: 'beta.example' });
});

test('where nobody was signed in, a closed node tells nothing; where somebody was, it is told again and again', async () => {
  const never = portsTo(at(10), at(10), false);
  expect(await compare([alpha, beta], network, never.ports)).toEqual({ kind: 'closed', wasOpen: false });
  let isOpen = true;
  const status = () => (isOpen ? undefined : Promise.reject(signInRequired));
  const { ports } = portsTo(at(10), { ...at(10), status });
  expect((await compare([alpha, beta], network, ports)).kind).toBe('agree');
  isOpen = false;
  for (let poll = 0; poll < 2; poll++)
    expect(await compare([alpha, beta], network, ports)).toEqual({ kind: 'closed', wasOpen: true });
});

test('that nobody is signed in at the first node, or that this browser cannot verify, is an error', async () => {
  await expect(compareOf({ ...at(10), status: refusing(signInRequired) }, at(10))).rejects.toBe(
    signInRequired,
  );
  const crashed = new Error('The verification worker could not be started.');
  await expect(compareOf(at(10), { ...at(10), epochs: refusing(crashed) })).rejects.toBe(crashed);
});

test('both nodes are asked for their height at the same time', async () => {
  const deadline = new AbortController();
  const { ports, asked } = portsTo(at(10), { ...at(10), status: forever });
  const comparison = compare([alpha, beta], network, ports, deadline.signal);
  await vi.waitFor(() => expect(asked).toContain('status beta.example'));
  expect(asked).toContain('status alpha.example');
  deadline.abort();
  await comparison;
});

test('a node whose height is only older than the one of the other is not behind', async () => {
  let polls = 0;
  const late: Node = { height: () => (polls++ === 0 ? 10 : 100) };
  expect(await compareOf(late, at(101))).toMatchObject({ kind: 'agree', heights: [100, 101], height: 100 });
});

test('a node that says a higher one when it is asked again has to prove that', async () => {
  let polls = 0;
  const late: Node = {
    height: () => (polls++ === 0 ? 10 : 100),
    block: (height) => (height > 10 ? Promise.reject(problem('height-not-reached', 'Later')) : undefined),
  };
  expect(await compareOf(at(101), late)).toEqual({
    kind: 'unproven',
    node: 'beta',
    height: 100,
    why: 'It names it and does not have it',
  });
});

test('a node that stays behind what the other one proves is behind', async () => {
  expect(await compareOf(at(101), at(10))).toEqual({
    kind: 'behind',
    nodes: ['beta', 'alpha'],
    heights: [10, 101],
    height: 10,
    block: 'block 10',
  });
});
