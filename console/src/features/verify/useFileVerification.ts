import { useRef, useState } from 'react';
import { genesisQuery, queryClient } from '../../lib/queries.ts';
import { verify } from './api/verifier.ts';
import type { VerificationReport } from './checks.ts';
import { refuseContradiction } from './contradiction.ts';
import { readProofFile } from './proof-file.ts';
import { seen } from './seen.ts';
import type { Subject } from './subjects.ts';

export type FileResult =
  | { readonly kind: 'running'; readonly name: string }
  | {
      readonly kind: 'report';
      readonly name: string;
      readonly form: 'pack' | 'receipt';
      readonly bytes: number;
      readonly report: VerificationReport;
      /** What it was verified against. */
      readonly network: string;
    }
  | { readonly kind: 'unreadable'; readonly name: string; readonly why: string }
  | { readonly kind: 'error'; readonly error: unknown };

export function useFileVerification() {
  const [result, setResult] = useState<FileResult | undefined>();
  const latest = useRef(0);
  const verifyBytes = (name: string, bytes: Uint8Array, network: string) => {
    const attempt = ++latest.current;
    const show = (next: FileResult) => {
      if (attempt === latest.current) setResult(next);
    };
    show({ kind: 'running', name });
    resultOf(name, bytes, network).then(show, (error: unknown) => show({ kind: 'error', error }));
  };
  return { result, verifyBytes };
}

async function resultOf(name: string, bytes: Uint8Array, network: string): Promise<FileResult> {
  const file = readProofFile(bytes);
  if (file.kind === 'unreadable') return { ...file, name };
  const report = await verify(await subjectOf(file.kind, file.bytes, network), network);
  refuseContradiction(seen.get(), report.proven);
  return { kind: 'report', name, form: file.kind, bytes: file.bytes.length, report, network };
}

/** A receipt alone does not say who the validators are: the genesis that belongs to the id does. */
async function subjectOf(kind: 'pack' | 'receipt', bytes: Uint8Array, network: string): Promise<Subject> {
  if (kind === 'pack') return { kind, bytes };
  return { kind, bytes, genesis: await queryClient.fetchQuery(genesisQuery(network)) };
}
