import { useState } from 'react';
import { Link } from 'react-router';
import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { Status, StatusIcon } from '../../../components/Status.tsx';
import { useSearchState } from '../../../lib/search-state.ts';
import { useStore } from '../../../lib/store.ts';
import { signInAt } from '../../sign-in/api/session.ts';
import { openedKey } from '../../submit/api/key-holder.ts';
import { cellOf, type Figure, figures } from '../cells.ts';
import type { Observer } from '../observers.ts';
import styles from './WhoSeesWhom.module.css';

const options = figures.map(({ value, label }) => ({ value, label }));

/** A row for each validator that is asked, a column for each that is seen. */
export function WhoSeesWhom({ observers }: { observers: readonly Observer[] }) {
  const [shown, setShown] = useSearchState('show');
  const figure = figures.find(({ value }) => value === shown)?.value ?? 'roundTrip';
  return (
    <Card
      title="Who sees whom"
      flush
      aside={<Segmented label="Figure in the cells" value={figure} options={options} onChange={setShown} />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: in a narrow window it scrolls, and scrolling needs the keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label="Who sees whom: table">
        <table className={styles.matrix}>
          <caption className="visually-hidden">Rows see, columns are seen</caption>
          <thead>
            <tr>
              <th scope="col">Sees&nbsp;↓ seen&nbsp;→</th>
              {observers.map(({ validator }) => (
                <th key={validator} scope="col">
                  <Link to={`/validators/${validator}`}>{validator}</Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {observers.map((observer) => (
              <ObserverRow key={observer.validator} observer={observer} all={observers} figure={figure} />
            ))}
          </tbody>
        </table>
      </section>
      <SignInToOthers observers={observers} />
    </Card>
  );
}

function ObserverRow({
  observer,
  all,
  figure,
}: {
  observer: Observer;
  all: readonly Observer[];
  figure: Figure;
}) {
  const { validator, sees, silence } = observer;
  return (
    <tr data-observer={validator}>
      <th scope="row">
        <Link to={`/validators/${validator}`}>{validator}</Link>
      </th>
      {sees === undefined ? (
        <td colSpan={all.length} data-silence={silence}>
          <Status kind={silence === 'no-answer' ? 'offline' : 'unknown'}>
            {silences[silence ?? 'asking']}
          </Status>
        </td>
      ) : (
        all.map(({ validator: seen }) => {
          const { kind, text, words } = cellOf(validator, seen, sees.get(seen), figure);
          return (
            <td key={seen} data-seen={seen} data-kind={kind} title={words}>
              <span className={styles.cell}>
                <StatusIcon kind={kind} />
                <span aria-hidden="true">{text}</span>
                <span className="visually-hidden">{words}</span>
              </span>
            </td>
          );
        })
      )}
    </tr>
  );
}

const silences: { readonly [silence in NonNullable<Observer['silence']>]: string } = {
  'not-signed-in': 'Not asked: nobody is signed in there',
  asking: 'Asking',
  'no-answer': 'Its gateway does not answer',
  'role-missing': 'Not told: this needs the role admin or operator there',
};

/** A key that is open can sign in at the other gateways; without one, the way there is said. */
function SignInToOthers({ observers }: { observers: readonly Observer[] }) {
  const key = useStore(openedKey);
  const [failures, setFailures] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const strangers = observers.filter(({ silence, origin }) => silence === 'not-signed-in' && origin !== '');
  if (strangers.length === 0) return null;
  const signIn = async (publicKey: string) => {
    setBusy(true);
    const tries = await Promise.allSettled(strangers.map(({ origin }) => signInAt(origin, publicKey)));
    setFailures(
      tries.flatMap((one, at) =>
        one.status === 'rejected' ? [`${strangers[at]?.validator}: ${reasonOf(one.reason)}`] : [],
      ),
    );
    setBusy(false);
  };
  return (
    <div className={styles.note}>
      <p>
        A cookie counts at this page’s node alone. The others answer who signs in there with a key, which
        stays in this browser.
      </p>
      {key === undefined ? (
        <Link to="/sign-in">Open a key to ask all nodes</Link>
      ) : (
        <Button isDisabled={busy} onPress={() => void signIn(key.publicKey)}>
          {busy ? 'Signing in…' : `Sign in at ${strangers.map(({ validator }) => validator).join(', ')}`}
        </Button>
      )}
      {failures.map((failure) => (
        <p key={failure} role="alert">
          <Status kind="failed">{failure}</Status>
        </p>
      ))}
    </div>
  );
}

const reasonOf = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason));
