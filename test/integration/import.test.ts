import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../dist/scripts/demo-import.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'concordat-import-test-'));
const file = join(folder, 'Lieferungen 交付.csv');
/** Enough for some seconds: the primary has to die while rows are still to come, however long an answer takes. */
const rows = 1_800;
const streams = 180;
afterAll(() => rmSync(folder, { recursive: true }));

/** RFC 4180, with what real exports hold: a BOM, quotes, line breaks, empty cells, scripts of the world. */
function csvOfTheWorld(): string {
  const notes = [
    'plain',
    'a "quoted" word, and a comma',
    'first line\nsecond line\r\nthird line',
    '',
    '配送済み 你好 안녕',
    'تم التسليم ١٢٣',
    'नमस्ते 🚚👩‍⚕️🏥',
    'Cafe\u0301 and Caf\u00e9',
    '"',
    ' spaces around ',
  ];
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = Array.from({ length: rows }, (_, i) =>
    [`PO ${i % streams} é`, i % 7 === 0 ? 'returned' : 'delivered', notes[i % notes.length]!, '', String(i)]
      .map(quoted)
      .join(','),
  );
  return `\uFEFF"PO / SO #",kind,note,empty,"line ""number"""\r\n${lines.join('\r\n')}\r\n`;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const demoImport = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ code, stdout, stderr });
    });
  });

const columns = ['--stream-column', 'PO / SO #', '--type-column', 'kind'];
const clean = { missing: 0, doubled: 0, foreign: 0, different: 0, disordered: 0 };

describe('an import whose primary dies half-way', () => {
  it('is on all four exactly once, verifies offline, and adds nothing the second time', async () => {
    writeFileSync(file, csvOfTheWorld());
    const { code, stdout, stderr } = await demoImport(
      file,
      ...columns,
      '--port',
      '18300',
      '--down-seconds',
      '1',
      '--json',
      // The watch over secrets looks at what is left.
      '--keep',
    );
    expect(code, stderr + stdout).toBe(0);
    const story = JSON.parse(stdout);
    expect(story).toMatchObject({
      faults: [],
      firstRun: { rows, refused: [] },
      secondRun: { rows, new: 0, repeated: rows, refused: [] },
      pack: { row: rows / 2, verified: true },
      rebuilt: { id: story.kill.validator, ok: true, stateRoot: story.tip.stateRoot },
    });
    expect(story.firstRun.new + story.firstRun.repeated).toBe(rows);
    expect(story.kill.rows).toBeGreaterThanOrEqual(rows / 2);
    expect(story.kill.rows).toBeLessThan(rows);
    expect(story.kill.gapMs).toBeGreaterThan(0);
    expect(story.validators).toMatchObject(
      ['v1', 'v2', 'v3', 'v4'].map((id) => ({ id, events: rows, streams, ...clean })),
    );
    const { height, stateRoot } = story.tip;
    expect(story.ledgers).toHaveLength(4);
    for (const ledger of story.ledgers) {
      expect(ledger).toMatchObject({ ok: true, height, stateRoot, transactions: rows, events: rows });
    }
  });
});

describe('the demonstration', () => {
  it('names its default type in --help, and what is wrong with its arguments', async () => {
    expect(await demoImport('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('(row)') });
    const wrong = await demoImport('absent.csv', '--stream-column', 'x');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/no file .*absent\.csv/) });
  });
});
