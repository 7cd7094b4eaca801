import { expect, it } from 'vitest';
import { detourProgram, lossProgram } from './packet-filter.ts';

interface Packet {
  readonly etherType: number;
  readonly destination: number;
  readonly random: number;
}

/** The few instructions that these programs use (linux/filter.h). */
function verdictOf(program: string, packet: Packet): number {
  const [count, ...lines] = program.split(',');
  expect(lines).toHaveLength(Number(count));
  const instructions = lines.map((line) => line.split(' ').map(Number) as [number, number, number, number]);
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const [code, jt, jf, k] = instructions[at]!;
    if (code === 0x28 && k === 12) accumulator = packet.etherType;
    else if (code === 0x20 && k === 30) accumulator = packet.destination;
    else if (code === 0x20 && k === 0xfffff038) accumulator = packet.random;
    else if (code === 0x15) at += accumulator === k ? jt : jf;
    else if (code === 0x35) at += accumulator >= k ? jt : jf;
    else if (code === 0x06) return k;
    else throw new Error(`instruction ${code} ${k}`);
  }
}

const shot = 2;
const passed = 0xffffffff;
const packet = { etherType: 0x0800, destination: 0x0a4f0002, random: 2 ** 31 };

it('takes out the share that was asked for, to everyone', () => {
  expect(verdictOf(lossProgram(0.6), packet)).toBe(shot);
  expect(verdictOf(lossProgram(0.4), packet)).toBe(passed);
});

it('takes out packets to one destination only, all of them at a share of 1', () => {
  const program = lossProgram(1, '10.79.0.2');
  expect(verdictOf(program, packet)).toBe(shot);
  expect(verdictOf(program, { ...packet, random: 0xffffffff })).toBe(shot);
  expect(verdictOf(program, { ...packet, destination: 0x0a4f0003 })).toBe(passed);
});

it('leaves address resolution alone', () => {
  expect(verdictOf(lossProgram(1), { ...packet, etherType: 0x0806 })).toBe(passed);
});

it('sends a share of the packets on a detour', () => {
  expect(verdictOf(detourProgram(0.6, 0x10020), packet)).toBe(0x10020);
  expect(verdictOf(detourProgram(0.4, 0x10020), packet)).toBe(0);
});
