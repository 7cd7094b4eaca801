/**
 * How fast this machine is at the moment. On shared hosts the same work takes up to twice as long an hour later:
 * figures of two runs compare only beside this one.
 */
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyPairOf, signWithSodium, verifyWithSodium } from '../../node/crypto/sodium.ts';
import { rounded } from '../lib/statistics.ts';

const samples = 4_000;
const messageBytes = 300;

/** One Ed25519 verification by libsodium on one core, microseconds of time that passed. */
export function verifyMicroseconds(): number {
  const { publicKey, secretKey } = keyPairOf(new Uint8Array(randomBytes(32)));
  const message = new Uint8Array(randomBytes(messageBytes));
  const signature = signWithSodium(secretKey, message);
  const startedMs = performance.now();
  for (let i = 0; i < samples; i += 1) verifyWithSodium(publicKey, message, signature);
  return rounded(((performance.now() - startedMs) * 1_000) / samples);
}

/** Share of all cores that was busy with anything during so many milliseconds from now, 0 to 1. */
export async function busyShare(lengthMs: number): Promise<number> {
  const before = coreTimes();
  await sleep(lengthMs);
  const after = coreTimes();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function coreTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((core) => core.times);
  const sum = (of: (core: (typeof times)[number]) => number): number =>
    times.reduce((total, core) => total + of(core), 0);
  return {
    idle: sum(({ idle }) => idle),
    all: sum(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq),
  };
}
