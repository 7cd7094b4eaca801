import { describe, expect, it } from 'vitest';
import { setStage } from './stage.ts';
import { type Story, stories } from './stories.ts';

/** Rewritten by `npx vitest run --project unit node/sim/scenarios -u`, once the difference is understood. */
describe('golden transcripts', () => {
  it.each(stories.map((story): [string, Story] => [story.name, story]))('%s', async (name, story) => {
    const stage = setStage(4, story.roles);
    stage.tell('all four vote');
    story.play(stage);
    await expect(`${title(story)}\n\n${stage.text()}\n`).toMatchFileSnapshot(`./${name}.txt`);
  });
});

function title({ name, about }: Story): string {
  return `${name.replaceAll('-', ' ').toUpperCase()}\n${about}`;
}
