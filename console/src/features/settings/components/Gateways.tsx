import { useQuery } from '@tanstack/react-query';
import { Label } from 'react-aria-components/Label';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import { Card } from '../../../components/Card.tsx';
import { Status } from '../../../components/Status.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatCount } from '../../../lib/format.ts';
import { resetLive } from '../../../lib/live.ts';
import { pin } from '../../../lib/pin.ts';
import { updatePreferences, usePreferences } from '../../../lib/preferences.ts';
import { queryClient, validatorsQuery } from '../../../lib/queries.ts';
import { useSignedInAt } from '../../../lib/session-tokens.ts';
import { useStore } from '../../../lib/store.ts';
import { gatewayStatusQuery } from '../api/gateway-status.ts';
import styles from './Gateways.module.css';

/** Which node answers. All of them are asked for their state, so that one can compare. */
export function Gateways() {
  const { gateway } = usePreferences();
  const { data } = useQuery(validatorsQuery);
  const here = window.location.origin;
  const known = data?.validators.map(({ id, gateway: origin }) => ({ id, origin })) ?? [];
  const others = known.filter(({ origin }) => origin !== '' && origin !== here);
  return (
    <Card title="Gateway">
      <RadioGroup
        className={cx(styles.group)}
        value={gateway === here ? '' : gateway}
        onChange={(origin) => chooseGateway(origin)}
      >
        <Label className={cx(styles.label)}>
          Ask this node; what it says is reported, what you verify is proven
        </Label>
        <Choice origin="" shown={here} name="This page's node" />
        {others.map(({ id, origin }) => (
          <Choice key={id} origin={origin} shown={origin} name={id} />
        ))}
      </RadioGroup>
    </Card>
  );
}

function chooseGateway(origin: string): void {
  updatePreferences({ gateway: origin });
  void queryClient.resetQueries();
  resetLive();
}

function Choice({ origin, shown, name }: { origin: string; shown: string; name: string }) {
  return (
    <Radio value={origin} className={cx(styles.choice)}>
      <span className={styles.mark} aria-hidden="true" />
      <span className={styles.name}>
        {name}
        <code className={styles.origin}>{shown}</code>
      </span>
      <GatewayState origin={shown} />
    </Radio>
  );
}

/** Only where somebody is signed in is there an answer: at the page's own node, and where a key opened a session. */
function GatewayState({ origin }: { origin: string }) {
  return useSignedInAt()(origin) ? (
    <SignedInState origin={origin} />
  ) : (
    <Status kind="unknown">Not signed in there</Status>
  );
}

function SignedInState({ origin }: { origin: string }) {
  const { data, error } = useQuery(gatewayStatusQuery(origin));
  const pinned = useStore(pin)?.network;
  if (error !== null) return <Status kind="offline">No answer</Status>;
  if (data === undefined) return <Status kind="pending">Asking</Status>;
  if (pinned !== undefined && data.network !== pinned) return <Status kind="failed">Another network</Status>;
  return (
    <Status kind="reported">
      {data.node} at height {formatCount(data.height)}, view {formatCount(data.view)}
    </Status>
  );
}
