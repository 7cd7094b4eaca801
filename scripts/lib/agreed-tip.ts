/** Waits until all validators serve one and the same highest block, each knowing none above it. */
import { apiPrefix } from '../../shared/api.ts';
import type { SignedIn } from './signed-in.ts';

export interface AgreedTip {
  readonly height: number;
  readonly block: string;
  readonly stateRoot: string;
}

interface TipAnswer extends AgreedTip {
  /** What is certified above `height` is not served yet. */
  readonly certifiedHeight: number;
}

const patienceMs = 60_000;
const pollMs = 200;

/** @throws Error at a fork, and when they do not come together in a minute */
export async function agreedTip(gateways: readonly string[], session: SignedIn): Promise<AgreedTip> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const tips = await Promise.all(gateways.map((gateway) => tipOf(gateway, session)));
    const [first] = tips;
    if (first !== undefined && tips.every((tip) => isAt(tip, first.certifiedHeight))) {
      const { height, block, stateRoot } = first;
      if (tips.some((tip) => tip?.block !== block)) throw new Error(`fork at ${height}`);
      return { height, block, stateRoot };
    }
    if (performance.now() > deadline) {
      const heights = tips.map((tip) => tip?.certifiedHeight ?? 'no answer');
      throw new Error(`no common height: ${heights.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const isAt = (tip: TipAnswer | undefined, height: number): boolean =>
  tip?.height === height && tip.certifiedHeight === height;

async function tipOf(gateway: string, session: SignedIn): Promise<TipAnswer | undefined> {
  try {
    const response = await session.fetch(`${gateway}${apiPrefix}/status`, {
      signal: AbortSignal.timeout(5_000),
    });
    return response.ok ? ((await response.json()) as TipAnswer) : undefined;
  } catch {
    // It does not answer; the caller asks again until its patience ends.
    return undefined;
  }
}
