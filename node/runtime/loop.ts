/**
 * The one loop: input → step → outputs, one at a time and never re-entered. What a handled output feeds back
 * waits its turn; when nothing is left, the turn ends: intents are flushed, a batch may be proposed.
 */
import { type ConsensusState, nextDeadlineMs, step } from '../consensus/step.ts';
import type { Input, Now, Output } from '../consensus/types.ts';
import type { ClockPort, TimerPort } from './ports.ts';

export interface Loop {
  feed(input: Input): void;
  /** Runs the end of a turn even without an input. */
  wake(): void;
  stop(): void;
}

export interface LoopHandlers {
  output(output: Output): void;
  /** May feed again; the turn ends when it does not. */
  endOfTurn(): void;
}

export const nowOf = (clock: ClockPort): Now => ({
  monotonicMs: clock.monotonicMs(),
  // What is signed and hashed holds whole milliseconds.
  wallMs: Math.floor(clock.wallMs()),
});

export function createLoop(
  state: ConsensusState,
  ports: { readonly clock: ClockPort; readonly timers: TimerPort },
  handlers: LoopHandlers,
): Loop {
  const inputs: Input[] = [];
  let running = false;
  let stopped = false;
  let armed: { readonly atMs: number; readonly cancel: () => void } | undefined;

  function feed(input: Input): void {
    inputs.push(input);
    wake();
  }

  function wake(): void {
    if (running || stopped) return;
    running = true;
    do {
      takeInputs();
      handlers.endOfTurn();
    } while (inputs.length > 0 && !stopped);
    running = false;
    armTimer();
  }

  function takeInputs(): void {
    for (let input = inputs.shift(); input !== undefined && !stopped; input = inputs.shift()) {
      for (const output of step(state, input, nowOf(ports.clock))) handlers.output(output);
    }
  }

  function armTimer(): void {
    const deadlineMs = stopped ? undefined : nextDeadlineMs(state);
    if (deadlineMs === undefined || (armed !== undefined && armed.atMs <= deadlineMs)) return;
    armed?.cancel();
    const delayMs = Math.max(0, deadlineMs - ports.clock.monotonicMs());
    armed = { atMs: deadlineMs, cancel: ports.timers.after(delayMs, onDeadline) };
  }

  function onDeadline(): void {
    armed = undefined;
    feed({ type: 'tick' });
  }

  function stop(): void {
    stopped = true;
    armed?.cancel();
  }

  return { feed, wake, stop };
}
