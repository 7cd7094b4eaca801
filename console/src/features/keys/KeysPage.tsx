import { useQuery } from '@tanstack/react-query';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { SelectField } from '../../components/SelectField.tsx';
import { statusQuery } from '../../lib/queries.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { allIdentitiesQuery } from '../members/api/members.ts';
import { identityKeysQuery, nodeKeysQuery } from './api/keys.ts';
import { KeyTable } from './components/KeyTable.tsx';
import { KeyTimeline } from './components/KeyTimeline.tsx';
import { PlanCard } from './components/PlanCard.tsx';
import { SignedCard } from './components/SignedCard.tsx';
import { whenOf } from './held.ts';

const periods = [
  { value: '', label: 'In use' },
  { value: 'all', label: 'Ever' },
] as const;

/** Which key is whose: now, ever, or at a height. */
export default function KeysPage() {
  const [at, setAt] = useSearchState('at');
  const [identity, setIdentity] = useSearchState('of');
  const [signer, setSigner] = useSearchState('key');
  const identities = useQuery(allIdentitiesQuery);
  return (
    <Page
      title="Keys"
      lead="A key has one owner for ever: what it signed is theirs, whoever holds it now. From the certified state, reported."
      actions={
        <Segmented label="Which keys" value={at === 'all' ? 'all' : ''} options={periods} onChange={setAt} />
      }
    >
      <Panel>
        <search aria-label="Who held which key when">
          <FilterField
            label="Held at height"
            value={at === 'all' ? '' : at}
            onChange={(text) => setAt(text.trim())}
          />
        </search>
        {whenOf(at) === undefined && (
          <EmptyState title="No such height" why="A height is a whole number from 0." />
        )}
      </Panel>
      {/^[0-9a-f]{64}$/.test(signer) && (
        <SignedCard key={signer} publicKey={signer} onClose={() => setSigner('')} />
      )}
      <PlanCard />
      <NodeKeys at={at} />
      <Card
        title="Keys of an identity"
        flush
        aside={
          <SelectField
            label="Identity"
            inline
            value={identity}
            onChange={setIdentity}
            options={[
              { value: '', label: 'Choose' },
              ...(identities.data ?? []).map((id) => ({ value: id, label: id })),
            ]}
          />
        }
      >
        {identity === '' ? (
          <EmptyState
            title="Choose an identity"
            why="Its keys follow here, with the heights from and until which each was in force."
          />
        ) : (
          <IdentityKeys id={identity} at={at} />
        )}
      </Card>
    </Page>
  );
}

/** Validators of the epoch, those that have left, and observers. */
function NodeKeys({ at }: { at: string }) {
  const keys = useQuery(nodeKeysQuery);
  const height = useQuery(statusQuery).data?.height;
  return (
    <>
      {keys.data !== undefined && height !== undefined && <KeyTimeline keys={keys.data} height={height} />}
      <Card title="Keys of validators and observers" flush>
        <Answer query={keys} label="keys of validators" lines={8}>
          {(data) => <KeyTable caption="Keys of validators and observers" keys={data} at={at} />}
        </Answer>
      </Card>
    </>
  );
}

function IdentityKeys({ id, at }: { id: string; at: string }) {
  const keys = useQuery(identityKeysQuery(id));
  return (
    <Answer query={keys} label="keys of the identity">
      {(data) => <KeyTable caption={`Keys of ${id}`} keys={data} at={at} />}
    </Answer>
  );
}
