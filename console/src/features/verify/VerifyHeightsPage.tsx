import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { TextField } from '../../components/TextField.tsx';
import { formatCount } from '../../lib/format.ts';
import { statusQuery } from '../../lib/queries.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { useStore } from '../../lib/store.ts';
import { gatherHeights } from './api/gather.ts';
import { heightsTitles, type Proven } from './checks.ts';
import { ProofResult } from './components/ProofResult.tsx';
import { SubjectForm } from './components/SubjectForm.tsx';
import { VerifyFrame } from './components/VerifyFrame.tsx';
import { seen } from './seen.ts';
import { useProof } from './useProof.ts';

const ids = ['decode', 'header', 'quorum', 'history'] as const;

/** That nothing was removed or changed between two blocks. */
export default function VerifyHeightsPage() {
  const { data: status } = useQuery(statusQuery);
  const known = useStore(seen);
  const [asked, ask] = useSearchState('heights');
  const [from, setFrom] = useState(asked.split('-')[0] ?? '');
  const [to, setTo] = useState(asked.split('-')[1] ?? '');
  const { proof, prove } = useProof();
  const older = heightOf(from);
  const newer = heightOf(to);
  const order = older !== undefined && newer !== undefined && older >= newer;
  return (
    <VerifyFrame
      title="Verify that nothing was removed"
      lead="Two sealed blocks, and a proof that all that the older one had below it, and itself, is unchanged below the newer one."
    >
      <SubjectForm
        ready={older !== undefined && newer !== undefined && older < newer}
        busy={proof.state === 'running'}
        onVerify={() => {
          if (older === undefined || newer === undefined) return;
          ask(`${older}-${newer}`);
          prove(gatherHeights(older, newer));
        }}
      >
        <TextField
          label="Older height"
          value={from}
          onChange={setFrom}
          problem={problemOf(from, older)}
          hint={
            known === undefined
              ? 'A block that you know from before.'
              : `This browser has verified block ${formatCount(known.height)} before.`
          }
        />
        <TextField
          label="Newer height"
          value={to}
          onChange={setTo}
          problem={problemOf(to, newer) ?? (order ? 'It must be above the older height.' : undefined)}
          hint={
            status === undefined
              ? 'At most what the node has.'
              : `The node has blocks up to ${formatCount(status.height)}.`
          }
        />
      </SubjectForm>
      <ProofResult proof={proof} ids={ids} titles={heightsTitles} claimOf={claimOf} />
    </VerifyFrame>
  );
}

function heightOf(text: string): number | undefined {
  const digits = text.replaceAll(',', '').trim();
  return /^(0|[1-9][0-9]{0,14})$/.test(digits) ? Number(digits) : undefined;
}

const problemOf = (text: string, height: number | undefined): string | undefined =>
  text.trim() === '' || height !== undefined ? undefined : 'A height is a whole number, such as 42.';

function claimOf({ height, since }: Proven): string {
  return `Blocks 0 to ${formatCount(since?.height ?? 0)} are unchanged in the history of block ${formatCount(height)}: nothing was removed`;
}
