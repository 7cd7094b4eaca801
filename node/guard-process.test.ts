import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { stopWithoutParent } from './guard-process.ts';

/** @param connected undefined: there never was a channel */
function guarded(connected: boolean | undefined) {
  const channel = Object.assign(new EventEmitter(), connected === undefined ? {} : { connected });
  let stops = 0;
  stopWithoutParent(() => {
    stops += 1;
  }, channel);
  return { channel, stops: () => stops };
}

it('a process stops with the one that started it, also with one that was gone before it was ready', () => {
  const { channel, stops } = guarded(true);
  expect(stops()).toBe(0);
  channel.emit('disconnect');
  expect(stops()).toBe(1);
  expect(guarded(false).stops()).toBe(1);
});

it('a process that nobody started with a channel goes on', () => {
  expect(guarded(undefined).stops()).toBe(0);
});
