/**
 * Lets links, timers and other requests run before long work goes on. One piece of such work runs in each turn of the
 * event loop, however many wait: `setImmediate` alone runs all of them in one, and with some dozens of readers the
 * validator would miss its heartbeats meanwhile. Whose it is, is taken in turn, so that nobody waits for all that one
 * of them started.
 */

/** By whose it is; whoever stands first is next. */
const waiting = new Map<string, (() => void)[]>();
let isRunning = false;

/** @param of member whose work it is; of nobody in particular if left out */
export function yieldToOthers(of = ''): Promise<void> {
  return new Promise((resolve) => {
    const own = waiting.get(of);
    if (own === undefined) waiting.set(of, [resolve]);
    else own.push(resolve);
    if (isRunning) return;
    isRunning = true;
    setImmediate(next);
  });
}

function next(): void {
  for (const [of, own] of waiting) {
    waiting.delete(of);
    own.shift()?.();
    if (own.length > 0) waiting.set(of, own);
    break;
  }
  isRunning = waiting.size > 0;
  // Not before the loop has looked at its sockets.
  if (isRunning) setImmediate(next);
}
