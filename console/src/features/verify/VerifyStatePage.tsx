import { useState } from 'react';
import { Card } from '../../components/Card.tsx';
import { JsonView } from '../../components/JsonView.tsx';
import { TextField } from '../../components/TextField.tsx';
import { formatCount } from '../../lib/format.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { gatherState } from './api/gather.ts';
import type { Proven } from './checks.ts';
import { ProofResult } from './components/ProofResult.tsx';
import { SubjectForm } from './components/SubjectForm.tsx';
import { VerifyFrame } from './components/VerifyFrame.tsx';
import { useProof } from './useProof.ts';

const ids = ['decode', 'path', 'header', 'quorum', 'history'] as const;

/** What the newest certified state has under a key, or that it has nothing there. */
export default function VerifyStatePage() {
  const [asked, ask] = useSearchState('key');
  const [key, setKey] = useState(asked);
  const { proof, prove } = useProof();
  const entry = proof.report?.proven?.entry;
  return (
    <VerifyFrame
      title="Verify a state entry"
      lead="A path in the state tree shows that a key has exactly this value, or that it has none, after a block that a quorum sealed."
    >
      <SubjectForm
        ready={key !== ''}
        busy={proof.state === 'running'}
        onVerify={() => {
          ask(key);
          prove(gatherState(key));
        }}
      >
        <TextField
          label="State key"
          value={key}
          onChange={setKey}
          code
          hint="Such as streams/NAME, identities/by-id/ID, assets/balances/ASSET/IDENTITY or network/name."
        />
      </SubjectForm>
      <ProofResult proof={proof} ids={ids} claimOf={claimOf}>
        {entry?.value !== undefined && (
          <Card title={`Value of ${entry.key}`}>
            <JsonView value={entry.value} />
          </Card>
        )}
      </ProofResult>
    </VerifyFrame>
  );
}

function claimOf({ height, entry }: Proven): string {
  const what = entry?.value === undefined ? 'has no value' : 'has the value below';
  return `${entry?.key} ${what} as of block ${formatCount(height)}`;
}
