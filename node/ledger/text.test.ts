import { describe, expect, it } from 'vitest';
import { isNfc } from './text.ts';
import { isAssigned } from './unicode.ts';

describe('NFC (no version of the runtime may decide otherwise than another)', () => {
  it('takes composed text and refuses decomposed text', () => {
    for (const text of ['Zürich', '東京', 'Ω≈ç', '🚢', '']) expect(isNfc(text)).toBe(true);
    expect(isNfc('u\u0308')).toBe(false);
  });

  it('refuses what Unicode 16.0 composes and earlier versions do not, composed and decomposed', () => {
    // Todhri letter e and combining dot above, and the letter ei that they make.
    expect(isNfc('\u{105d2}\u0307')).toBe(false);
    expect(isNfc('\u{105c9}')).toBe(false);
    // Assigned in 16.0 with a combining class: later versions order it, earlier ones leave it where it is.
    expect(isNfc('a\u0897\u0316')).toBe(false);
  });

  it('refuses what no version has assigned yet', () => {
    expect(isNfc('\u0378')).toBe(false);
    expect(isNfc('\u{e01f0}')).toBe(false);
  });
});

describe('code points of Unicode 14.0', () => {
  const all = Array.from({ length: 0x110000 }, (_, code) => code).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  );

  it('are 282,230 without surrogates, private use and controls included', () => {
    expect(all.filter((code) => isAssigned(String.fromCodePoint(code)))).toHaveLength(282_230);
  });

  it('are assigned in the Unicode of this runtime too', () => {
    const later = all.filter((code) => /\P{Assigned}/u.test(String.fromCodePoint(code)));
    expect(later.filter((code) => isAssigned(String.fromCodePoint(code)))).toEqual([]);
  });
});
