import { useState } from 'react';
import { Link } from 'react-router';
import { TextField } from '../../components/TextField.tsx';
import { formatCount, plural } from '../../lib/format.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { gatherStream } from './api/gather.ts';
import { type Proven, streamTitles } from './checks.ts';
import { ProofResult } from './components/ProofResult.tsx';
import { SubjectForm } from './components/SubjectForm.tsx';
import { VerifyFrame } from './components/VerifyFrame.tsx';
import { useProof } from './useProof.ts';

const ids = ['decode', 'leaf', 'path', 'header', 'quorum', 'history'] as const;

/** Every event of a stream, and that none is missing. */
export default function VerifyStreamPage() {
  const [asked, ask] = useSearchState('name');
  const [name, setName] = useState(asked);
  const { proof, prove } = useProof();
  return (
    <VerifyFrame
      title="Verify a stream"
      lead="State says how many events the stream has, and a root over all of them. If one is missing, added or changed, it shows."
    >
      <SubjectForm
        ready={name.trim() !== ''}
        busy={proof.state === 'running'}
        onVerify={() => {
          ask(name);
          prove(gatherStream(name.trim().normalize('NFC')));
        }}
      >
        <TextField label="Stream" value={name} onChange={setName} hint="Its name, as on the Streams page." />
      </SubjectForm>
      <ProofResult proof={proof} ids={ids} titles={streamTitles} claimOf={claimOf}>
        {proof.report?.proven?.stream !== undefined && proof.report.proven.stream.events > 0 && (
          <p>
            <Link to={`/streams/${encodeURIComponent(proof.report.proven.stream.name)}`}>
              Read the stream
            </Link>
          </p>
        )}
      </ProofResult>
    </VerifyFrame>
  );
}

function claimOf({ height, stream }: Proven): string {
  const { name, events } = stream ?? { name: '', events: 0 };
  if (events === 0) return `There is no stream “${name}” as of block ${formatCount(height)}`;
  return `“${name}” has ${plural(events, 'event')} as of block ${formatCount(height)}, and no revision is missing`;
}
