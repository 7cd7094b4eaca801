import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { IdentityRowJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { Button } from '../../../components/Button.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { choicesQuery } from '../api/recipients.ts';
import styles from './RecipientPicker.module.css';

export interface RecipientPickerProps {
  readonly label: string;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly problem?: string | undefined;
  /** While nobody is chosen. */
  readonly hint: string;
}

/** From so many on, a filter helps. */
const filterFrom = 12;

/** Identities by member, with the reason why one cannot be chosen. */
export function RecipientPicker({ label, chosen, onChange, problem, hint }: RecipientPickerProps) {
  const choices = useQuery(choicesQuery);
  const [filter, setFilter] = useState('');
  return (
    <fieldset className={styles.picker}>
      <legend>{label}</legend>
      <Answer query={choices} label="identities" lines={4}>
        {(rows) => (
          <>
            {rows.length > filterFrom && (
              <TextField label="Find an identity" value={filter} onChange={setFilter} placeholder="alpha" />
            )}
            <div className={styles.list}>
              {byMember(rows.filter(({ id }) => id.includes(filter.trim()))).map(([member, identities]) => (
                <Member
                  key={member}
                  name={identities[0]?.memberName ?? member}
                  identities={identities}
                  chosen={chosen}
                  onChange={onChange}
                />
              ))}
            </div>
          </>
        )}
      </Answer>
      <p className={problem === undefined ? styles.hint : styles.problem} role="status">
        {problem ??
          (chosen.length === 0
            ? hint
            : `For ${chosen.join(', ')}. Their keys are proven in this browser before anything is encrypted.`)}
      </p>
    </fieldset>
  );
}

interface MemberProps {
  readonly name: string;
  readonly identities: readonly IdentityRowJson[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

function Member({ name, identities, chosen, onChange }: MemberProps) {
  const open = identities.filter((one) => reasonAgainst(one) === undefined).map(({ id }) => id);
  const missing = open.filter((id) => !chosen.includes(id));
  return (
    <div className={styles.member}>
      <div className={styles.head}>
        <span>{name}</span>
        {missing.length > 0 && open.length > 1 && (
          <Button
            look="quiet"
            aria-label={`All of ${name}`}
            onPress={() => onChange([...chosen, ...missing])}
          >
            All
          </Button>
        )}
      </div>
      {identities.map((identity) => (
        <Choice key={identity.id} identity={identity} chosen={chosen} onChange={onChange} />
      ))}
    </div>
  );
}

function Choice({
  identity,
  chosen,
  onChange,
}: {
  identity: IdentityRowJson;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}) {
  const { id, roles } = identity;
  const reason = reasonAgainst(identity);
  return (
    <label className={styles.choice}>
      <input
        type="checkbox"
        checked={chosen.includes(id)}
        disabled={reason !== undefined}
        onChange={({ target }) =>
          onChange(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
        }
      />
      <span>{id}</span>
      <span className={styles.hint}>{reason ?? roles.join(', ')}</span>
    </label>
  );
}

function reasonAgainst({ status, encryptionKey }: IdentityRowJson): string | undefined {
  if (status !== 'active') return 'not active';
  return encryptionKey === undefined ? 'no encryption key' : undefined;
}

function byMember(
  rows: readonly IdentityRowJson[],
): readonly (readonly [string, readonly IdentityRowJson[]])[] {
  const members = new Map<string, IdentityRowJson[]>();
  for (const row of rows) members.set(row.member, [...(members.get(row.member) ?? []), row]);
  return [...members];
}
