import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Label } from 'react-aria-components/Label';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import type { ValidatorsJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { Hash } from '../../components/Hash.tsx';
import { cx } from '../../lib/cx.ts';
import { formatCount } from '../../lib/format.ts';
import { gatewayOrigin } from '../../lib/gateway.ts';
import { updatePreferences, usePreferences } from '../../lib/preferences.ts';
import { queryClient, validatorsQuery } from '../../lib/queries.ts';
import { useStore } from '../../lib/store.ts';
import { signInAt } from '../sign-in/api/session.ts';
import { openedKey } from '../submit/api/key-holder.ts';
import { KeyCard } from '../submit/components/KeyCard.tsx';
import { ResultPanel } from './components/ResultPanel.tsx';
import { VerifyFrame } from './components/VerifyFrame.tsx';
import type { Comparison } from './nodes/compare.ts';
import { KeptCard } from './nodes/KeptCard.tsx';
import styles from './nodes/Nodes.module.css';
import { useComparison } from './nodes/useComparison.ts';
import { wordsOfComparison } from './nodes/words.ts';

/** Whether a second node shows the same ledger as the first. */
export default function VerifyNodesPage() {
  const { second, compared, query } = useComparison();
  return (
    <VerifyFrame
      title="Compare two nodes"
      lead="A node can prove what it shows and still keep quiet about what is newer. A second one, of another member, tells."
    >
      <SecondNode />
      {query.error !== null && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
      {second !== undefined && query.isPending && query.error === null && (
        <ResultPanel kind="pending" title="Asking both nodes" text="Their newest common block is compared." />
      )}
      {query.error === null && query.data !== undefined && <Result comparison={query.data} />}
      {query.data?.kind === 'contradiction' && <KeptCard compared={compared} />}
      {second !== undefined && query.data?.kind === 'closed' && <SignInThere key={second} origin={second} />}
    </VerifyFrame>
  );
}

function SecondNode() {
  const validators = useQuery(validatorsQuery);
  const first = gatewayOrigin();
  return (
    <Card title="Second node">
      <Answer query={validators} label="nodes">
        {(data) => (
          <Nodes
            first={first}
            others={data.validators.filter(({ gateway }) => gateway !== '' && gateway !== first)}
          />
        )}
      </Answer>
    </Card>
  );
}

function Nodes({ first, others }: { first: string; others: ValidatorsJson['validators'] }) {
  const { second } = usePreferences();
  if (others.length === 0)
    return (
      <EmptyState
        title="No other node is known"
        why="The ledger names no other gateway that a browser could ask."
      />
    );
  return (
    <RadioGroup
      className={cx(styles.group)}
      value={second === first ? '' : second}
      onChange={(origin) => updatePreferences({ second: origin })}
    >
      <Label className={cx(styles.label)}>
        Compare {first} with; remembered in this browser, and watched on every page while you are signed in
        there
      </Label>
      <Choice value="" name="No other node" />
      {others.map(({ id, gateway, memberName }) => (
        <Choice key={id} value={gateway} name={`${id} of ${memberName}`} />
      ))}
    </RadioGroup>
  );
}

function Choice({ value, name }: { value: string; name: string }) {
  return (
    <Radio value={value} className={cx(styles.choice)}>
      <span className={styles.mark} aria-hidden="true" />
      <span>
        {name}
        {value !== '' && <code className={styles.origin}>{value}</code>}
      </span>
    </Radio>
  );
}

/** A session at another node lasts as long as this page; its key is opened here and stays here. */
function SignInThere({ origin }: { origin: string }) {
  const key = useStore(openedKey);
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown }>({ busy: false });
  const signIn = (publicKey: string) => {
    setState({ busy: true });
    signInAt(origin, publicKey).then(
      () => queryClient.resetQueries({ queryKey: ['comparison'] }),
      (error: unknown) => setState({ busy: false, error }),
    );
  };
  return (
    <>
      <KeyCard />
      {key !== undefined && (
        <Card title="Sign in at the second node">
          <div className={styles.column}>
            <p>
              The open key signs that it is you who signs in at <code>{origin}</code>. Nothing else is signed.
            </p>
            <div>
              <Button look="primary" isDisabled={state.busy} onPress={() => signIn(key.publicKey)}>
                {state.busy ? 'Signing in…' : 'Sign in there and compare'}
              </Button>
            </div>
          </div>
        </Card>
      )}
      {state.error !== undefined && <ErrorPanel error={state.error} />}
    </>
  );
}

function Result({ comparison }: { comparison: Comparison }) {
  const { kind, title, text } = wordsOfComparison(comparison);
  return (
    <>
      <ResultPanel kind={kind} title={title} text={text} />
      {(comparison.kind === 'agree' || comparison.kind === 'behind') && (
        <Card title="What they say">
          <Facts>
            {comparison.nodes.map((node, at) => (
              <Fact key={node} name={node}>
                newest block {formatCount(comparison.heights[at] ?? 0)}
              </Fact>
            ))}
            <Fact name={`Block ${formatCount(comparison.height)} of both`}>
              <Hash value={comparison.block} name="block hash" to={`/blocks/${comparison.height}`} />
            </Fact>
          </Facts>
        </Card>
      )}
    </>
  );
}
