/**
 * Node's fetch with two limits. An answer may take long: a certificate is waited for, a list is read from disk. That a
 * gateway is there at all it can say at once. So where there is another one to turn to, it is looked at first, and only
 * one that answers is waited for.
 */

export type Fetch = (url: string, request: RequestInit) => Promise<Response>;

export interface Patience {
  /** How long an answer may take. */
  readonly answerMs: number;
  /** How long the first look at a gateway may take; each further one takes twice as long as the one before. Absent: nobody looks. */
  readonly lookMs?: number;
}

/** Nothing came in time; any other failure comes at once. */
class Silence extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs / 1_000} s`);
  }
}

/** @returns a fetch that rejects with `no answer within N s` */
export function patientFetch({ answerMs, lookMs }: Patience, ask: Fetch = fetch): Fetch {
  if (lookMs === undefined) return (url, request) => withinTime(ask, url, request, answerMs);
  const looks = new Map<string, Promise<void>>();
  const silences = new Map<string, number>();

  async function look(origin: string): Promise<void> {
    const silent = silences.get(origin) ?? 0;
    const limitMs = Math.min(answerMs, lookMs! * 2 ** silent);
    silences.set(origin, silent + 1);
    try {
      // Any answer will do, that of a proxy as well, and what it refers to is not followed.
      await withinTime(ask, `${origin}/healthz`, { method: 'GET', redirect: 'manual' }, limitMs);
    } catch (error) {
      if (error instanceof Silence) throw error;
      // Whatever else is wrong, what was to be asked meets it at once, and says so itself.
    }
    silences.delete(origin);
  }

  return async (url, request) => {
    const { origin } = new URL(url);
    const looked = looks.get(origin) ?? look(origin);
    looks.set(origin, looked);
    try {
      await looked;
      return await withinTime(ask, url, request, answerMs);
    } catch (error) {
      // Whoever comes back to it wants to know anew.
      if (looks.get(origin) === looked) looks.delete(origin);
      throw error;
    }
  };
}

/**
 * The timer of AbortSignal.timeout does not keep the process alive: with a server that hangs up without an answer
 * the process would end in the middle, in silence.
 */
async function withinTime(ask: Fetch, url: string, request: RequestInit, limitMs: number): Promise<Response> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(new Silence(limitMs)), limitMs);
  try {
    const response = await ask(url, { ...request, signal: giveUp.signal });
    const body = await response.arrayBuffer();
    return new Response(body, { status: response.status, headers: response.headers });
  } finally {
    clearTimeout(timer);
  }
}
