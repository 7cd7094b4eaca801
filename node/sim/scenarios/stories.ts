/** The classic stories of the protocol, each as a script for a stage. */
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Role } from '../roster.ts';
import type { Loss, Stage } from './stage.ts';

export interface Story {
  /** Of its file, without the ending. */
  readonly name: string;
  /** What it shows, in a few lines. */
  readonly about: string;
  readonly roles?: ReadonlyMap<ValidatorId, Role>;
  play(stage: Stage): void;
}

const [v0, v1, v2, v3] = ['v0', 'v1', 'v2', 'v3'] as [ValidatorId, ValidatorId, ValidatorId, ValidatorId];
const all = [v0, v1, v2, v3];

const allAt = (stage: Stage, height: number, ids: readonly ValidatorId[] = all): void =>
  stage.runUntil(`all are at height ${height}`, () => ids.every((id) => stage.height(id) >= height));

const kind =
  (name: string): Loss =>
  (_from, _to, message) =>
    message.kind === name;

export const stories: readonly Story[] = [
  {
    name: 'normal-case',
    about:
      'v0 is primary of view 0. Three phases order the batch, execution follows, and Q = 3 equal seals certify the block.',
    play: (stage) => {
      stage.submit(v1, 'e1');
      allAt(stage, 1);
    },
  },
  {
    name: 'primary-crash',
    about:
      'The primary dies. Its silence is noticed, Q validators ask for view 1, v1 leads it; v0 comes back and learns.',
    play: (stage) => {
      stage.submit(v1, 'e1');
      allAt(stage, 1);
      stage.crash(v0);
      stage.submit(v1, 'e2');
      allAt(stage, 2, [v1, v2, v3]);
      stage.start(v0);
      allAt(stage, 2);
    },
  },
  {
    name: 'null-batch',
    about:
      'Nobody but the primary ever sees what it proposed for height 1, but height 2 prepares. The next view must fill the gap: height 1 becomes the null batch, height 2 keeps its batch, and what height 1 should have held is proposed anew.',
    play: (stage) => {
      stage.lose(
        'the PRE-PREPARE for height 1 reaches nobody',
        (_from, _to, message) =>
          message.kind === 'pre-prepare' && message.vote.view === 0 && message.vote.sequence === 1,
      );
      stage.submit(v0, 'e1');
      stage.run(20);
      stage.submit(v0, 'e2');
      stage.runUntil('they are in view 1', () => [v1, v2, v3].every((id) => stage.view(id) >= 1));
      allAt(stage, 3);
    },
  },
  {
    name: 'prepared-across-two-views',
    about:
      'A batch prepares in view 0, but no COMMIT arrives. View 1 fails, for its NEW-VIEW is lost. The certificate of view 0 travels in the VIEW-CHANGEs to view 2, which must order the same batch at the same height.',
    play: (stage) => {
      stage.lose(
        'no COMMIT of view 0 arrives, and no NEW-VIEW of view 1',
        (_from, _to, message) =>
          (message.kind === 'commit' && message.vote.view === 0) ||
          (message.kind === 'new-view' && message.vote.view === 1),
      );
      stage.submit(v1, 'e1');
      stage.runUntil('view 2', () => all.filter((id) => stage.view(id) >= 2).length >= 3);
      allAt(stage, 1);
    },
  },
  {
    name: 'executed-and-proposed-again',
    about:
      'Only v1 sees enough COMMITs: it executes and seals alone, and the primary dies. View 1 proposes the batch again (N5): v1 votes for what it has executed, sends its seal again and does not execute twice; the others catch up with it.',
    play: (stage) => {
      stage.lose(
        'COMMITs of view 0 arrive at v1 alone',
        (_from, to, message) => message.kind === 'commit' && message.vote.view === 0 && to !== v1,
      );
      stage.submit(v1, 'e1');
      stage.runUntil('v1 has executed', () => stage.executed(v1) === 1);
      stage.tell('v1 has executed height 1, which nobody has certified');
      stage.crash(v0);
      allAt(stage, 1, [v1, v2, v3]);
    },
  },
  {
    name: 'f-plus-one-catch-up',
    about:
      'v1 and v2 no longer hear v0 and ask for view 1. v3 hears v0 well and has no reason to suspect it, but f+1 = 2 others cannot all be liars: it joins them (V5).',
    play: (stage) => {
      stage.submit(v1, 'e1');
      allAt(stage, 1);
      stage.lose('nothing of v0 reaches v1 and v2', (from, to) => from === v0 && (to === v1 || to === v2));
      stage.runUntil('view 1', () => [v1, v2, v3].every((id) => stage.view(id) === 1));
      stage.loseNothing('all arrives again');
      stage.submit(v3, 'e2');
      allAt(stage, 2);
    },
  },
  {
    name: 'lost-view-change',
    about:
      'The VIEW-CHANGE of v3 never reaches v1, the primary of view 1, which therefore has no quorum. The others have one: their timers start (V4), view 1 fails, and all meet in view 2.',
    play: (stage) => {
      stage.lose(
        'the VIEW-CHANGE of v3 to view 1 does not reach v1',
        (from, to, message) =>
          message.kind === 'view-change' && message.vote.view === 1 && from === v3 && to === v1,
      );
      stage.crash(v0);
      stage.submit(v1, 'e1');
      stage.runUntil('view 2', () => [v1, v2, v3].every((id) => stage.view(id) >= 2));
      allAt(stage, 1, [v1, v2, v3]);
    },
  },
  {
    name: 'restart-during-new-view',
    about:
      'v1 sends its NEW-VIEW to v2 and dies before v3 has it. v3 gets it from v2, for any holder passes it on (V6); v1 comes back with it from disk (D1) and leads the view.',
    play: (stage) => {
      stage.crash(v0);
      stage.lose(
        'the NEW-VIEW of v1 reaches v2 alone',
        (from, to, message) => message.kind === 'new-view' && from === v1 && to !== v2,
      );
      stage.runUntil('v2 is in view 1', () => stage.view(v2) === 1);
      stage.crash(v1);
      stage.runUntil('v3 is in view 1', () => stage.view(v3) === 1);
      stage.start(v1);
      stage.submit(v2, 'e1');
      allAt(stage, 1, [v1, v2, v3]);
    },
  },
  {
    name: 'loss-after-commit',
    about:
      'All execute height 1, but no seal arrives: nothing is certified. Waiting does not end at execution (F2), so the deadline strikes, and the next view orders the same batch; the seals are sent again and certify it.',
    play: (stage) => {
      stage.lose('no seal arrives', kind('seal'));
      stage.submit(v1, 'e1');
      stage.runUntil('view 1', () => all.every((id) => stage.view(id) >= 1));
      stage.loseNothing('all arrives again');
      allAt(stage, 1);
    },
  },
  {
    name: 'evidence',
    about:
      'v3 says one thing and then the opposite in every slot. Its votes do no harm: the first one counts. Who hears both holds evidence, tells the others, and a transaction records it on the ledger, once (W1).',
    roles: new Map([[v3, 'turncoat']]),
    play: (stage) => {
      stage.submit(v1, 'e1');
      allAt(stage, 2, [v0, v1, v2]);
    },
  },
];
