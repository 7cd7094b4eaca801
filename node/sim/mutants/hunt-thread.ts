/** Runs inside a copy of the core: universes of one profile, seed after seed, until an invariant breaks. */
import { hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { installSha256 } from '../../../shared/crypto/sha256.ts';
import type { ProfileName } from '../profiles.ts';
import { runUniverse } from '../universe.ts';

export interface HuntOrder {
  readonly profile: ProfileName;
  readonly replicas: number;
  readonly steps: number;
  readonly fromSeed: number;
  readonly toSeed: number;
}

/** One for each seed, in order; the last one has the claim, if one broke. */
export interface HuntNews {
  readonly seed: number;
  readonly claim?: string;
}

function hunt({ profile, replicas, steps, fromSeed, toSeed }: HuntOrder): void {
  for (let seed = fromSeed; seed <= toSeed; seed += 1) {
    const { failure } = runUniverse(seed, replicas, steps, profile);
    const news: HuntNews = failure === undefined ? { seed } : { seed, claim: failure.claim };
    parentPort?.postMessage(news);
    if (failure !== undefined) return;
  }
}

installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
hunt(workerData as HuntOrder);
