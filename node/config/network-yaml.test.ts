import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { actionKinds, defaultConsent, everyMember, isAtLeast } from '../../shared/types/governance.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import { checkNetwork } from './check-network.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';
import { parseNetwork } from './network-yaml.ts';

const example = fileURLToPath(new URL('../../network.yaml', import.meta.url));
const small = `
name: Test
members: [{ id: one, name: One }]
validators:
  - id: v1
    member: one
    links: 127.0.0.1:7001
    gateway: http://127.0.0.1:8001
  - id: v2
    member: one
    links: 127.0.0.1:7002
    gateway: http://127.0.0.1:8002
`;
const key = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

function problemsOf(yaml: string): readonly ConfigProblem[] {
  const error = errorOf(yaml);
  return error.facts.problems ?? [];
}
function errorOf(yaml: string): ConfigError {
  try {
    parseNetwork(yaml, 'network.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

describe('the example in the repository', () => {
  it('is a network of four that tolerates one fault, with a submitter, an auditor and an admin per member', () => {
    const { n, f, q, warnings, description } = checkNetwork(example);
    expect([n, f, q]).toEqual([4, 1, 3]);
    expect(warnings.map(({ code }) => code)).toEqual(['keys-made-here']);
    expect(description.parameters).toEqual(defaultParameters);
    expect(description.validators.map(({ address, gateway }) => [address, gateway])).toEqual(
      [1, 2, 3, 4].map((i) => [`wss://127.0.0.1:710${i}`, `http://127.0.0.1:810${i}`]),
    );
    const roles = description.identities.flatMap((identity) => identity.roles);
    for (const role of ['submitter', 'auditor']) expect(roles).toContain(role);
    expect(roles.filter((role) => role === 'admin')).toHaveLength(4);
  });
});

describe('a network description', () => {
  it('takes defaults for what is left out', () => {
    const description = parseNetwork(small, 'network.yaml');
    expect(description.parameters).toEqual(defaultParameters);
    expect(description.identities).toEqual([]);
    expect(description).not.toHaveProperty('time');
    expect(description).toMatchObject(defaultConsent);
  });

  it('reads thresholds: one for an action, one for all others, and the highest for thresholds themselves', () => {
    const of = (consent: string) => parseNetwork(`${small}${consent}`, 'network.yaml');
    const { governance, recovery } = of(
      'governance: { thresholds: { default: 0/1, members.add: 3/4, keys.suspect: 1/3 } }\nrecovery: { threshold: 2/3 }',
    );
    expect(governance.thresholds).toMatchObject({
      'members.add': { more: [3, 4] },
      'keys.suspect': { more: [1, 3] },
      'members.remove': { more: [0, 1] },
      'thresholds.set': { more: [3, 4] },
    });
    expect(Object.keys(governance.thresholds)).toEqual(actionKinds);
    expect(recovery.threshold).toEqual({ more: [2, 3] });
    const all = of('governance: { thresholds: { default: 2/4, protocol.raise: all, thresholds.set: all } }');
    expect(all.governance.thresholds['protocol.raise']).toEqual(everyMember);
    expect(isAtLeast(everyMember, { more: [2, 3] })).toBe(true);
    expect(isAtLeast({ more: [2, 4] }, { more: [1, 2] })).toBe(true);
    expect(isAtLeast({ more: [1, 2] }, { more: [2, 3] })).toBe(false);
  });

  it('means the same in other spelling', () => {
    const flow = JSON.stringify({
      validators: [
        { gateway: 'http://127.0.0.1:8001', links: '127.0.0.1:7001', member: 'one', id: 'v1' },
        { gateway: 'http://127.0.0.1:8002', links: '127.0.0.1:7002', member: 'one', id: 'v2' },
      ],
      members: [{ name: 'One', id: 'one' }],
      name: 'Test',
    });
    expect(parseNetwork(flow, 'x')).toEqual(parseNetwork(small, 'y'));
  });

  it('reads keys, times and parameters', () => {
    const yaml = `${small.replace('links: 127.0.0.1:7001', `links: 127.0.0.1:7001\n    node_key: "${key}"`)}
time: 2026-01-31T12:00:00Z
parameters: { batch_limit: 7 }
identities: [{ id: one.clerk, member: one, roles: [submitter] }]
`;
    const description = parseNetwork(yaml, 'network.yaml');
    expect(description.validators[0]?.nodeKey).toBe(key);
    expect(description.time).toBe(Date.UTC(2026, 0, 31, 12));
    expect(description.parameters).toEqual({ ...defaultParameters, batchLimit: 7 });
    expect(description.identities).toEqual([{ id: 'one.clerk', member: 'one', roles: ['submitter'] }]);
  });

  it.each([
    ['an unknown key', small.replace('name: Test', 'name: Test\nnmae: x'), 'nmae', '"x"', /no such key/],
    ['a missing key', small.replace('name: Test', ''), 'name', 'nothing', /text/],
    ['a wrong type', small.replace('name: Test', 'name: [1]'), 'name', '[1]', /text/],
    [
      'a bad address',
      small.replace('127.0.0.1:7001', '127.0.0.1'),
      'validators[0].links',
      '"127.0.0.1"',
      /host:port/,
    ],
    [
      'a port beyond 65535',
      small.replace(':7001', ':70010'),
      'validators[0].links',
      '"127.0.0.1:70010"',
      /host:port/,
    ],
    [
      'a gateway without scheme',
      small.replace('http://127.0.0.1:8001', '127.0.0.1:8001'),
      'validators[0].gateway',
      '"127.0.0.1:8001"',
      /http/,
    ],
    [
      'an unknown member',
      small.replace('member: one', 'member: two'),
      'validators[0].member',
      '"two"',
      /members one/,
    ],
    ['an id twice', small.replace('id: v2', 'id: v1'), 'validators[1].id', '"v1"', /not used twice/],
    [
      'an address twice',
      small.replace(':7002', ':7001'),
      'validators[1].links',
      '"127.0.0.1:7001"',
      /not used twice/,
    ],
    [
      'a gateway at a link address',
      small.replace(':8002', ':7001'),
      'validators[1].gateway',
      '"http://127.0.0.1:7001"',
      /not used twice/,
    ],
    [
      'a key of small order',
      small.replace('member: one', `member: one\n    node_key: "${'0'.repeat(64)}"`),
      'validators[0].node_key',
      `"${'0'.repeat(64)}"`,
      /full order/,
    ],
    [
      'a plain gateway beyond loopback',
      small.replace('http://127.0.0.1:8001', 'http://10.0.0.1:8001'),
      'validators[0].gateway',
      '"http://10.0.0.1:8001"',
      /https/,
    ],
    ['a negative parameter', `${small}parameters: { window: -1 }`, 'parameters.window', '-1', /above 0/],
    [
      'an unknown role',
      `${small}identities: [{ id: a, member: one, roles: [king] }]`,
      'identities[0].roles[0]',
      '"king"',
      /admin, operator/,
    ],
    [
      'streams for who is no reader',
      `${small}identities: [{ id: a, member: one, roles: [auditor], streams: [s] }]`,
      'identities[0].streams',
      '["s"]',
      /reader/,
    ],
    [
      'a threshold of nobody less',
      `${small}governance: { thresholds: { default: 2/2 } }`,
      'governance.thresholds.default',
      '"2/2"',
      /below 1/,
    ],
    [
      'more parts than members can be',
      `${small}recovery: { threshold: 1/1025 }`,
      'recovery.threshold',
      '"1/1025"',
      /1024 parts/,
    ],
    [
      'a threshold for what is no action',
      `${small}governance: { thresholds: { members.marry: 1/2 } }`,
      'governance.thresholds.members.marry',
      '"1/2"',
      /no such key/,
    ],
    [
      'thresholds that are easier to change than to meet',
      `${small}governance: { thresholds: { thresholds.set: 1/2, members.add: 2/3 } }`,
      'governance.thresholds.thresholds.set',
      '"1/2"',
      /members\.add/,
    ],
    [
      'a line of what follows the threshold of thresholds, and would not hold',
      `${small}protocol: 3\ngovernance: { thresholds: { members.suspend: 1/2 } }`,
      'governance.thresholds.members.suspend',
      '"1/2"',
      /left out/,
    ],
    ['a protocol that nobody knows', `${small}protocol: 99`, 'protocol', '99', /newest/],
    ['a protocol before the first', `${small}protocol: 0`, 'protocol', '0', /from 1 on/],
  ])('with %s is refused with place, found and expected', (_what, yaml, path, found, expected) => {
    const problems = problemsOf(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path, found });
    expect(problems[0]?.expected).toMatch(expected);
  });

  it('names the line, in the message too', () => {
    const error = errorOf(small.replace('127.0.0.1:7002', 'nowhere'));
    expect(error.facts.problems?.[0]?.line).toBe(11);
    expect(error.message).toContain('validators[1].links (line 11): found "nowhere", expected host:port');
  });

  it.each(['1.2.3.4.5:1', '256.1.1.1:80', '127.0.0.1:0'])(
    'an address that no URL can hold, %s, is named',
    (address) => {
      expect(problemsOf(small.replace('127.0.0.1:7002', address))[0]?.path).toBe('validators[1].links');
      expect(problemsOf(small.replace('127.0.0.1:8002', address))[0]?.path).toBe('validators[1].gateway');
    },
  );

  it('that is no YAML is refused by name', () => {
    expect(errorOf('name: [').code).toBe('config-not-yaml');
    expect(errorOf('name: *nobody').code).toBe('config-not-yaml');
    const bomb = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    expect(errorOf(`a0: &a0 x\n${bomb.join('\n')}\n`).code).toBe('config-not-yaml');
    expect(() => checkNetwork('/nowhere/network.yaml')).toThrow(/config-file-missing/);
  });

  it('may have an https gateway anywhere', () => {
    const yaml = small.replace('http://127.0.0.1:8001', 'https://gateway.example:443');
    expect(parseNetwork(yaml, 'x').validators[0]?.gateway).toBe('https://gateway.example:443');
  });
});
