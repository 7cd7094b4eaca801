/** Lets requests, links and timers run before long work goes on. */
export const yieldToOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
