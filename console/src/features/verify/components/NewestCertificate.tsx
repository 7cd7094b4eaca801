import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import type { BlockSummaryJson } from '../../../../../shared/api.ts';
import type { Check } from '../../../../../shared/protocol/checks.ts';
import { Status } from '../../../components/Status.tsx';
import { formatCount } from '../../../lib/format.ts';
import { pin } from '../../../lib/pin.ts';
import { useRecentBlocks } from '../../../lib/recent-blocks.ts';
import { useStore } from '../../../lib/store.ts';
import { verify } from '../api/verifier.ts';
import { firstFailure, sentenceOf } from '../checks.ts';
import { contradicts, type Seen } from '../contradiction.ts';
import { rememberProven, seen } from '../seen.ts';

/** At most one check in this time, however fast blocks arrive. */
const periodMs = 1_000;

type Finding =
  | { readonly kind: 'verified'; readonly height: number }
  | { readonly kind: 'failed'; readonly height: number; readonly why: string };

/** Whether the newest block's seals were checked in this browser. */
export function NewestCertificate({ fallback }: { fallback: ReactNode }) {
  const finding = useFinding();
  const known = useStore(seen);
  const newest = useRecentBlocks()[0];
  if (newest?.height === 0)
    return <Status kind="unknown">The genesis block needs no certificate: its hash is the network id</Status>;
  if (finding === undefined) return fallback;
  if (finding.kind === 'failed') {
    return (
      <Status kind="failed">
        <Link to={`/blocks/${finding.height}`}>Block {formatCount(finding.height)}</Link>: {finding.why}
      </Status>
    );
  }
  const behind = known !== undefined && known.height > finding.height + 50;
  return (
    <>
      <Status kind="verified">
        Certificate of block {formatCount(finding.height)} verified in this browser
      </Status>
      {behind && (
        <Status kind="lagging">This browser has verified block {formatCount(known.height)} before</Status>
      )}
    </>
  );
}

function useFinding(): Finding | undefined {
  const network = useStore(pin)?.network ?? '';
  const newest = useRecentBlocks().find(({ certificate }) => certificate !== null);
  const [finding, setFinding] = useState<Finding | undefined>();
  const lastAt = useRef(0);
  const hash = newest?.hash;
  useEffect(() => {
    if (network === '' || newest === undefined || newest.hash !== hash) return;
    const wait = Math.max(0, lastAt.current + periodMs - Date.now());
    const timer = setTimeout(() => {
      lastAt.current = Date.now();
      check(newest, network).then(setFinding, (error: unknown) =>
        setFinding({ kind: 'failed', height: newest.height, why: String(error) }),
      );
    }, wait);
    return () => clearTimeout(timer);
  }, [newest, hash, network]);
  return finding;
}

async function check(block: BlockSummaryJson, network: string): Promise<Finding> {
  const { height } = block;
  const { checks, proven } = await verify({ kind: 'certificate', block }, network);
  if (proven === undefined) {
    return { kind: 'failed', height, why: reasonOf(checks) };
  }
  const found: Seen = { network, height, block: proven.block };
  if (contradicts(seen.get(), found)) {
    return { kind: 'failed', height, why: 'this browser has verified another block at this height' };
  }
  rememberProven(proven);
  return { kind: 'verified', height };
}

function reasonOf(checks: readonly Check[]): string {
  const failure = firstFailure(checks);
  return failure === undefined ? 'its certificate proves nothing' : sentenceOf(failure);
}
