import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { answerBudget } from './body-budget.ts';

const request = { headers: { 'content-length': '0' } } as Request;

test('answers that one member does not read leave room for others, and come back when they are gone', () => {
  const budget = answerBudget(10, 80);
  const open: EventEmitter[] = [];
  function ask(member: string): void {
    const response = Object.assign(new EventEmitter(), {
      locals: { caller: { member, identity: `${member}.${open.length}` } },
    });
    budget(request, response as unknown as Response, () => open.push(response));
  }
  ask('a');
  ask('a');
  expect(() => ask('a')).toThrow('as much of this node as one member may');
  for (const other of ['b', 'b', 'c', 'c', 'd', 'd']) ask(other);
  expect(() => ask('e')).toThrow('as many bodies as it can hold');
  open[0]?.emit('close');
  ask('a');
  expect(open).toHaveLength(9);
});
