import { useQuery } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import type { BlockJson, CertifiedTransactionJson } from '../../../../shared/api.ts';
import type { Check } from '../../../../shared/protocol/checks.ts';
import { downloadBytes } from '../../lib/download.ts';
import { ask } from '../../lib/gateway.ts';
import { pin } from '../../lib/pin.ts';
import { queryClient, statusQuery } from '../../lib/queries.ts';
import { packQuery } from '../transactions/api/transactions.ts';
import { verify } from './api/verifier.ts';
import type { Proven } from './checks.ts';
import { refuseContradiction } from './contradiction.ts';
import { rememberProven, seen } from './seen.ts';
import type { Subject } from './subjects.ts';

export type Target =
  | { readonly kind: 'block'; readonly block: BlockJson }
  | { readonly kind: 'transaction'; readonly record: CertifiedTransactionJson };

export interface Verification {
  readonly state: 'idle' | 'running' | 'done';
  readonly checks: readonly Check[];
  readonly proven: Proven | undefined;
  /** What kept the checks from being made: not a failed check. */
  readonly error: unknown;
  readonly reportedBy: string | undefined;
  readonly run: () => void;
  readonly download:
    | { readonly label: string; readonly fileName: string; readonly save: () => void }
    | undefined;
}

interface Progress {
  readonly state: Verification['state'];
  readonly checks: readonly Check[];
  readonly proven?: Proven;
  readonly error?: unknown;
}

/** Verifies a block or transaction on demand. */
export function useVerification(target: Target): Verification {
  const [progress, setProgress] = useState<Progress>({ state: 'idle', checks: [] });
  const status = useQuery(statusQuery);
  const latest = useRef(0);

  const run = useCallback(() => {
    const attempt = ++latest.current;
    const report = (next: Progress) => {
      if (attempt === latest.current) setProgress(next);
    };
    report({ state: 'running', checks: [] });
    verifyTarget(target)
      .then(({ checks, proven }) => {
        refuseContradiction(seen.get(), proven);
        if (proven !== undefined) rememberProven(proven);
        report({ state: 'done', checks, ...(proven === undefined ? {} : { proven }) });
      })
      .catch((error: unknown) => report({ state: 'done', checks: [], error }));
  }, [target]);

  return {
    ...progress,
    proven: progress.proven,
    error: progress.error,
    reportedBy: status.data?.node,
    run,
    download: downloadOf(target, (error) => setProgress((before) => ({ ...before, error }))),
  };
}

async function verifyTarget(target: Target) {
  const network = pin.get()?.network;
  if (network === undefined) throw new Error('No network is pinned yet.');
  return verify(await subjectOf(target), network);
}

async function subjectOf(target: Target): Promise<Subject> {
  if (target.kind === 'transaction') {
    return {
      kind: 'pack',
      bytes: await queryClient.fetchQuery(packQuery(target.record.id)),
      shown: target.record,
    };
  }
  const { block } = target;
  const inclusion = await inclusionOf(block.height);
  return { kind: 'block', block, ...(inclusion === undefined ? {} : { inclusion }) };
}

/** Proof that the newest block's history contains this one. */
async function inclusionOf(height: number) {
  const status = await queryClient.fetchQuery({ ...statusQuery, staleTime: 0 });
  if (status.height <= height) return undefined;
  return ask('historyInclusion', { query: { height, at: status.height } });
}

function downloadOf(target: Target, onError: (error: unknown) => void): Verification['download'] {
  if (target.kind === 'block') {
    const fileName = `block-${target.block.height}.json`;
    const save = () => downloadBytes(fileName, JSON.stringify(target.block, null, 2), 'application/json');
    return { label: 'Block', fileName, save };
  }
  const fileName = `${target.record.id.slice(0, 16)}.pack`;
  const save = () => {
    queryClient
      .fetchQuery(packQuery(target.record.id))
      .then((bytes) => downloadBytes(fileName, bytes, 'application/cbor'), onError);
  };
  return { label: 'Proof pack', fileName, save };
}
