/** Round-trip time and clock offset of a peer from the times of ping and pong (NTP, RFC 5905, section 8). */
export interface Sample {
  readonly roundTripMs: number;
  /** Peer's clock minus ours. */
  readonly clockOffsetMs: number;
}

/** The four times of RFC 5905: sent and answered by our clock, arrived and returned by the peer's. */
export function sampleOf(sent: number, arrived: number, returned: number, answered: number): Sample {
  return {
    roundTripMs: Math.max(0, answered - sent - (returned - arrived)),
    clockOffsetMs: (arrived - sent + (returned - answered)) / 2,
  };
}

const samplesKept = 8;

/** Keeps the newest samples. */
export const addSample = (samples: readonly Sample[], sample: Sample): readonly Sample[] =>
  [...samples, sample].slice(-samplesKept);

/** The sample with the shortest round trip was least disturbed by queues (RFC 5905, clock filter). */
export function bestSample(samples: readonly Sample[]): Sample | undefined {
  return samples.reduce<Sample | undefined>(
    (best, sample) => (best === undefined || sample.roundTripMs < best.roundTripMs ? sample : best),
    undefined,
  );
}
