import { useRef, useState } from 'react';
import { jsonOfEpochLink } from '../../../../../shared/api/json-of-ledger.ts';
import { toBase64Url } from '../../../../../shared/codec/hex.ts';
import { decodeProofPack } from '../../../../../shared/codec/ledger.ts';
import { type ChainReport, decodeChainReport } from '../../../../../shared/protocol/chain-report.ts';
import type { VerificationReport } from '../checks.ts';
import type { EpochsClaim } from '../subjects.ts';
import type { FilePorts } from './ports.ts';
import { type ProofFile, readProofFile } from './proof-file.ts';

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
  /** A report of somebody who verified a chain. */
  | {
      readonly kind: 'chain-report';
      readonly name: string;
      readonly report: VerificationReport;
      /** Absent if it cannot be read. */
      readonly content?: ChainReport;
      readonly key?: string;
    }
  /** A genesis, kept for receipts that follow. */
  | {
      readonly kind: 'genesis';
      readonly name: string;
      readonly report: VerificationReport;
      readonly network: string;
    }
  | { readonly kind: 'unreadable'; readonly name: string; readonly why: string }
  | { readonly kind: 'error'; readonly error: unknown };

export function useFileVerification(ports: FilePorts) {
  const [result, setResult] = useState<FileResult | undefined>();
  const latest = useRef(0);
  const verifyBytes = (name: string, bytes: Uint8Array, network: string) => {
    const attempt = ++latest.current;
    const show = (next: FileResult) => {
      if (attempt === latest.current) setResult(next);
    };
    show({ kind: 'running', name });
    resultOf(ports, name, readProofFile(bytes), network).then(show, (error: unknown) =>
      show({ kind: 'error', error }),
    );
  };
  return { result, verifyBytes };
}

async function resultOf(
  ports: FilePorts,
  name: string,
  file: ProofFile,
  network: string,
): Promise<FileResult> {
  switch (file.kind) {
    case 'unreadable':
      return { ...file, name };
    case 'genesis': {
      const report = await ports.verify(file, network, undefined);
      if (report.checks.every(({ ok }) => ok))
        await ports.keepEpochs(network, { genesis: file.genesis, links: [] });
      return { kind: 'genesis', name, report, network };
    }
    case 'chain-report': {
      const report = await ports.verify(file, network, undefined);
      const readable = report.checks[0]?.ok === true;
      return {
        kind: 'chain-report',
        name,
        report,
        ...(readable ? { content: decodeChainReport(file.bytes) } : {}),
        ...(file.key === undefined ? {} : { key: file.key }),
      };
    }
    case 'pack':
    case 'receipt':
      return proofResult(ports, name, file, network);
  }
}

type Proof = ProofFile & { readonly kind: 'pack' | 'receipt' };

async function proofResult(
  { verify, knownEpochs, newestEpochs, keepEpochs, refuseContradiction }: FilePorts,
  name: string,
  { kind: form, bytes }: Proof,
  network: string,
): Promise<FileResult> {
  const epochs = await (form === 'receipt' ? newestEpochs(network) : knownEpochs(network));
  if (form === 'receipt' && epochs === undefined) return { kind: 'unreadable', name, why: withoutGenesis };
  const report = await verify({ kind: form, bytes }, network, epochs);
  refuseContradiction(report);
  if (form === 'pack' && report.proven !== undefined) await keepEpochs(network, epochsOfPack(bytes));
  return { kind: 'report', name, form, bytes: bytes.length, report, network };
}

const withoutGenesis =
  'A receipt does not say who the validators are. Open a proof pack or the genesis (the answer of /api/v1/genesis) of the same network first; both are checked against the network id.';

/** A pack has all hand-overs from the genesis that it was proven from to its block. */
function epochsOfPack(bytes: Uint8Array): EpochsClaim {
  const { genesis, epochs } = decodeProofPack(bytes);
  const { header, validators } = genesis;
  return {
    genesis: { headerBytes: toBase64Url(header), validators: [...validators] },
    links: epochs.map(jsonOfEpochLink),
  };
}
