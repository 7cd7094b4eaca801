import { JsonView } from './JsonView.tsx';
import styles from './RecordView.module.css';

/** Data of a record for reading: a flat one as names over values, any other as JSON. */
export function RecordView({ value }: { value: unknown }) {
  const members = flatMembers(value);
  if (members === undefined) return <JsonView value={value} />;
  return (
    <dl className={styles.record}>
      {members.map(([name, text]) => (
        <div key={name}>
          <dt title={name}>{name}</dt>
          <dd>{text === '' ? <span className={styles.none}>empty</span> : text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Names with their values as text, or undefined if a value is an object or there is nothing to name. */
export function flatMembers(value: unknown): readonly (readonly [name: string, text: string])[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value).map(([name, member]) => [name, flatText(member)] as const);
  const all = members.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  return all.length === members.length && all.length > 0 ? all : undefined;
}

function flatText(member: unknown): string | undefined {
  if (Array.isArray(member)) {
    const texts = member.map(flatText);
    return texts.includes(undefined) || texts.length > 8 ? undefined : texts.join(', ');
  }
  return typeof member === 'object' && member !== null ? undefined : String(member);
}
