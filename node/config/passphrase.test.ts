import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Terminal } from './hidden-prompt.ts';
import { passphraseOf, passphraseVariable } from './passphrase.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-passphrase-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Typist {
  readonly terminal: Terminal;
  readonly shown: () => string;
  readonly raw: boolean[];
}

/** Types each text when it is asked. */
function typist(...texts: readonly string[]): Typist {
  const input = new PassThrough();
  const raw: boolean[] = [];
  let shown = '';
  let next = 0;
  return {
    terminal: {
      input: Object.assign(input, { setRawMode: (value: boolean) => raw.push(value) }),
      output: {
        write(text) {
          shown += text;
          if (text.endsWith(': ')) setImmediate(() => input.write(texts[next++] ?? ''));
        },
      },
    },
    shown: () => shown,
    raw,
  };
}
const ask = (terminal: Terminal, twice = false): Promise<string> =>
  passphraseOf({ environment: {}, terminal, what: 'a key', twice });

describe('a passphrase', () => {
  it('comes from the file, else from the environment, which then does not hold it any more', async () => {
    const file = join(folder, 'passphrase');
    writeFileSync(file, '# a comment\n\n from the file \n');
    const environment = { [passphraseVariable]: 'from the environment' };
    expect(await passphraseOf({ file, environment, what: 'a key' })).toBe('from the file');
    expect(await passphraseOf({ environment, what: 'a key' })).toBe('from the environment');
    expect(environment).toEqual({});
  });

  it('of the environment opens every key file of the process, and of no other environment', async () => {
    const environment = { [passphraseVariable]: 'from the environment' };
    await passphraseOf({ environment, terminal: undefined, what: 'a key' });
    expect(await passphraseOf({ environment, terminal: undefined, what: 'another' })).toBe(
      'from the environment',
    );
    const elsewhere = passphraseOf({ environment: {}, terminal: undefined, what: 'a key' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'passphrase-missing' });
  });

  it('is asked for on a terminal and not shown there', async () => {
    const { terminal, shown, raw } = typist('sécrx\u007fet\r');
    expect(await ask(terminal)).toBe('sécret');
    expect(shown()).toBe('Passphrase of a key: \n');
    expect(raw).toEqual([true, false]);
  });

  it('that locks something new is asked for twice', async () => {
    expect(await ask(typist('one\n', 'one\n').terminal, true)).toBe('one');
    await expect(ask(typist('one\n', 'two\n').terminal, true)).rejects.toMatchObject({
      code: 'passphrase-missing',
      facts: { reason: 'the two differ' },
    });
  });

  it.each([['\u0003'], ['abc\u0004'], ['\r']])('that is not given is missed by name: %j', async (typed) => {
    await expect(ask(typist(typed).terminal)).rejects.toMatchObject({ code: 'passphrase-missing' });
  });

  it('that nobody can give is missed by name, with every way to give it', async () => {
    const error = passphraseOf({ environment: {}, terminal: undefined, what: 'a key' });
    await expect(error).rejects.toMatchObject({ code: 'passphrase-missing' });
    await expect(error).rejects.toThrow('for a key no file is named');
    await expect(error).rejects.toThrow(/passphrase_file.*CONCORDAT_PASSPHRASE.*terminal/);
  });
});
