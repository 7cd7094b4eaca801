/** How much of a validator's CPU verifies signatures: measured cost of one, once for each transaction. */
import { randomBytes } from 'node:crypto';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import type { LoadSigner } from '../lib/signed-load.ts';

const samples = 2_000;
const messageBytes = 300;

/** Clients' signatures only; those of votes are spread over a whole batch. */
export function verificationShare(signer: LoadSigner, cpuMicrosecondsPerTransaction: number): number {
  const message = new Uint8Array(randomBytes(messageBytes));
  const signature = signer.sign(message);
  const key = fromHex(signer.publicKey);
  const before = process.cpuUsage();
  for (let i = 0; i < samples; i += 1) verifyWithSodium(key, message, signature);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / samples / cpuMicrosecondsPerTransaction;
}
