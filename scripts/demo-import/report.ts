/** The figures of the import demonstration as lines. */
import type { ImportStory } from './story.ts';

export function reportLines(story: ImportStory): readonly string[] {
  const { firstRun, kill, secondRun, validators, tip, pack, ledgers, rebuilt, faults } = story;
  const { verified, bytes, row, transaction } = pack;
  return [
    line('network', story.network),
    line('file', story.file),
    line('import', `${runText(firstRun)}, ${firstRun.rowsPerSecond} rows/s, through ${story.gateway}`),
    line('primary killed', `${kill.validator} with ${kill.rows} rows certified, down for ${kill.downMs} ms`),
    line(
      'gap',
      kill.gapMs === null ? 'no certificate after the kill' : `${kill.gapMs} ms until the next certificate`,
    ),
    line('second import', runText(secondRun)),
    ...validators.map(({ id, events, streams, missing, doubled, foreign, different, disordered }) =>
      line(
        id,
        `${events} events in ${streams} streams: missing ${missing}, doubled ${doubled}, foreign ${foreign}, different ${different}, disordered ${disordered}`,
      ),
    ),
    line('tip', `height ${tip.height}, state root ${tip.stateRoot}`),
    ...[...ledgers, rebuilt].map(({ id, command, ok, height, transactions, events, stateRoot, seconds }) =>
      line(
        `${command} ${id}`,
        `${ok ? 'clean' : 'NOT CLEAN'}: height ${height}, ${transactions} transactions, ${events} events, state root ${stateRoot}, ${seconds} s`,
      ),
    ),
    line(
      `pack of row ${row}`,
      `${verified ? 'verified' : 'NOT VERIFIED'} offline, ${bytes} bytes, ${transaction}`,
    ),
    ...faults.map((fault) => line('FAULT', fault)),
    faults.length === 0
      ? 'Every row is on all validators exactly once, and all ledgers verify.'
      : `${faults.length} faults: the promise is broken.`,
  ];
}

const line = (name: string, text: string): string => `${name.padEnd(16)} ${text}`;

const runText = ({ rows, new: added, repeated, refused, seconds }: ImportStory['firstRun']): string =>
  `${rows} rows, ${added} new, ${repeated} repeated, ${refused.length} refused in ${seconds} s`;
