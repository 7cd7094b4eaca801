import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from './make-directory.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'concordat-make-directory-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('a directory that may be missing', () => {
  it('is made with all above it, each with the mode, and left as it is when it is there', () => {
    const path = join(home, 'a', 'b', 'c');
    makeDirectory(path, 0o700);
    for (const made of [join(home, 'a'), path]) expect(statSync(made).mode & 0o777).toBe(0o700);
    makeDirectory(path, 0o755);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('may be named from where the process stands, or through a link', () => {
    symlinkSync(home, join(home, 'link'));
    makeDirectory(relative(process.cwd(), join(home, 'link', 'one')));
    expect(statSync(join(home, 'one')).isDirectory()).toBe(true);
  });

  it('is refused with the path of what stands in the way', () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    expect(() => makeDirectory(file)).toThrow(expect.objectContaining({ code: 'EEXIST', path: file }));
    const below = join(file, 'below');
    expect(() => makeDirectory(below)).toThrow(expect.objectContaining({ code: 'ENOTDIR', path: below }));
    const astray = join(home, 'astray');
    symlinkSync(join(home, 'nowhere'), astray);
    expect(() => makeDirectory(join(astray, 'x'))).toThrow(expect.objectContaining({ path: astray }));
  });
});
