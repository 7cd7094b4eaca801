import { useQuery } from '@tanstack/react-query';
import { Answer } from '../../components/Answer.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { Time } from '../../components/Time.tsx';
import { isSignInRequired } from '../../lib/gateway-error.ts';
import { sessionQuery, signOut } from './api/session.ts';
import { SignInCard } from './SignInCard.tsx';

/** Who this browser is for the chosen gateway. */
export function SessionCard() {
  const session = useQuery(sessionQuery);
  if (isSignInRequired(session.error)) return <SignInCard />;
  return (
    <Card title="Signed in" aside={<Button onPress={() => void signOut()}>Sign out</Button>}>
      <Answer query={session} label="session">
        {({ identity, memberName, roles, streams, node, expiresAt }) => (
          <Facts>
            <Fact name="Identity">
              <strong>{identity}</strong> of {memberName}, at {node}
            </Fact>
            <Fact name="Roles">{roles.join(', ')}</Fact>
            {streams !== undefined && <Fact name="Reads">{streams.join(', ')}</Fact>}
            <Fact name="Until">
              <Time value={expiresAt} />
            </Fact>
          </Facts>
        )}
      </Answer>
    </Card>
  );
}
