/** What runs inside the measured page: text, since scripts of this project know no DOM. */

/** Before the page's own scripts: notes when the sentence of the verdict stands there, from the navigation on. */
export const watchForVerdict = `
new MutationObserver((_, observer) => {
  if (document.querySelector('section[aria-label=Verdict] p strong') === null) return;
  globalThis.verdictMs = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });`;

const frame = 'new Promise(requestAnimationFrame)';

/** Scrolls to the end of what is there until the first block is. */
export const toTheEnd = `(async () => {
  const last = () => scrollTo(0, document.documentElement.scrollHeight);
  while (!document.body.textContent.includes('The genesis block is the first.')) {
    last();
    await ${frame};
  }
  for (let more = 0; more < 3; more += 1) {
    last();
    await ${frame};
  }
})()`;

/** By the number of the last row that exists, once the end of the list is shown. */
export const rowCount = `Math.max(...[...document.querySelectorAll('tbody tr[aria-rowindex]')]
  .map((row) => Number(row.getAttribute('aria-rowindex')))) - 1`;

/** From the top to the bottom of the list in this time: how long each frame took, milliseconds. */
export const framesWhileScrolling = (durationMs: number): string => `(async () => {
  scrollTo(0, 0);
  await ${frame};
  const startMs = await ${frame};
  const whole = document.documentElement.scrollHeight - innerHeight;
  const frames = [];
  for (let before = startMs; before - startMs < ${durationMs}; ) {
    scrollTo(0, (whole * (before - startMs)) / ${durationMs});
    const now = await ${frame};
    frames.push(now - before);
    before = now;
  }
  return frames;
})()`;
