import { useCallback, useRef, useState } from 'react';
import { pin } from '../../lib/pin.ts';
import { verify } from './api/verifier.ts';
import type { VerificationReport } from './checks.ts';
import { refuseContradiction } from './contradiction.ts';
import { rememberProven, seen } from './seen.ts';
import type { Subject } from './subjects.ts';

export interface Proof {
  readonly state: 'idle' | 'running' | 'done';
  /** What is being done, while it is done. */
  readonly step: string;
  readonly report?: VerificationReport;
  /** What kept the checks from being made: not a failed check. */
  readonly error?: unknown;
}

/**
 * Asks the node for what is to be proven, tells the steps on the way, and says what to check. It is told what came of
 * it, and may offer more for what that did not prove; the last report counts.
 */
export type Gather = (tell: (step: string) => void) => AsyncGenerator<Subject, void, VerificationReport>;

/** Gathers and verifies on demand, against the pinned network. */
export function useProof() {
  const [proof, setProof] = useState<Proof>({ state: 'idle', step: '' });
  const latest = useRef(0);
  const prove = useCallback((gather: Gather) => {
    const attempt = ++latest.current;
    const show = (next: Proof) => {
      if (attempt === latest.current) setProof(next);
    };
    const tell = (step: string) => show({ state: 'running', step });
    tell('Asking the node');
    proofOf(gather, tell).then(
      (report) => show({ state: 'done', step: '', report }),
      (error: unknown) => show({ state: 'done', step: '', error }),
    );
  }, []);
  return { proof, prove };
}

async function proofOf(gather: Gather, tell: (step: string) => void): Promise<VerificationReport> {
  const network = pin.get()?.network;
  if (network === undefined) throw new Error('No network is pinned yet.');
  const subjects = gather(tell);
  let report: VerificationReport = { checks: [] };
  for (let step = await subjects.next(report); !step.done; step = await subjects.next(report)) {
    tell('Checking in this browser');
    report = await verify(step.value, network);
  }
  refuseContradiction(seen.get(), report.proven);
  if (report.proven !== undefined) rememberProven(report.proven);
  return report;
}
