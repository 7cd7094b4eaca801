import { describe, expect, test } from 'vitest';
import { actionRules } from './action-rules.ts';
import { rejection } from './rejections.ts';
import type { ActionForm, CommandContext, Decision, LedgerModule, StateView } from './types.ts';

const takes =
  (what: string): ActionForm =>
  (args) =>
    args === what
      ? undefined
      : rejection({ code: 'malformed-args', facts: { path: 'args', expected: what } });
const decides = (by: string) => (): Decision => ({
  ok: true,
  events: [{ type: `test.${by}`, data: { by } }],
});
const module: LedgerModule = {
  name: 'test',
  actions: { 'test.old': takes('a'), 'test.same': takes('a') },
  revisions: [
    { since: 2, actions: { 'test.old': takes('b'), 'test.new': takes('b') } },
    { since: 4, actions: { 'test.old': takes('c') }, decide: decides('later') },
  ],
  decide: decides('first'),
  evolve: () => undefined,
};
const ofValidators: LedgerModule = {
  ...module,
  name: 'own',
  actions: { 'own.say': takes('a') },
  revisions: [{ since: 3, actions: { 'own.say': takes('b') } }],
  senders: 'validators',
};
const rulesOf = actionRules([module, ofValidators], 5);

/** The argument that the form takes, and who decides; undefined if there is no such action. */
function ruleOf(protocol: number, action: string): string | undefined {
  const rules = rulesOf(protocol, action);
  if (rules === undefined) return undefined;
  const form = ['a', 'b', 'c'].find((args) => rules.form(args) === undefined);
  const decision = rules.decide({} as StateView, {} as CommandContext, action, form ?? '');
  return `${form} ${decision.ok ? String(decision.events[0]?.data.by) : 'refused'}`;
}

describe('rules by protocol version and action', () => {
  test('a version changes form and decider of the actions that it names, and none else', () => {
    const of = (action: string) => [1, 2, 3, 4, 5].map((protocol) => ruleOf(protocol, action));
    expect(of('test.old')).toEqual(['a first', 'b first', 'b first', 'c later', 'c later']);
    expect(of('test.same')).toEqual(Array(5).fill('a first'));
  });

  test('an action is there from the version that brought it on', () => {
    expect([1, 2, 3].map((protocol) => ruleOf(protocol, 'test.new'))).toEqual([
      undefined,
      'b first',
      'b first',
    ]);
  });

  test('who may send an action stays', () => {
    expect([1, 3].map((protocol) => rulesOf(protocol, 'own.say')?.senders)).toEqual([
      'validators',
      'validators',
    ]);
    expect(rulesOf(3, 'test.old')?.senders).toBeUndefined();
    expect([2, 3].map((protocol) => ruleOf(protocol, 'own.say'))).toEqual(['a first', 'b first']);
  });

  test('versions that are not known have no rules', () => {
    expect([0, 6].map((protocol) => ruleOf(protocol, 'test.same'))).toEqual([undefined, undefined]);
  });
});
