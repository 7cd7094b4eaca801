import { cx } from '../lib/cx.ts';
import styles from './JsonView.module.css';

/** Any JSON for reading: indented, coloured by kind, names in place. */
export function JsonView({ value }: { value: unknown }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long values scroll, and scrolling needs the keyboard
    <pre className={styles.json} tabIndex={0}>
      <Node value={value} indent="" />
    </pre>
  );
}

function Node({ value, indent }: { value: unknown; indent: string }) {
  if (Array.isArray(value)) {
    return <Members open="[" close="]" indent={indent} members={value.map((each) => [undefined, each])} />;
  }
  if (typeof value === 'object' && value !== null) {
    return <Members open="{" close="}" indent={indent} members={Object.entries(value)} />;
  }
  return <span className={cx(styles[typeof value])}>{JSON.stringify(value) ?? 'undefined'}</span>;
}

interface MembersProps {
  readonly open: string;
  readonly close: string;
  readonly indent: string;
  readonly members: readonly (readonly [name: string | undefined, value: unknown])[];
}

function Members({ open, close, indent, members }: MembersProps) {
  if (members.length === 0) return `${open}${close}`;
  const deeper = `${indent}  `;
  return (
    <>
      {open}
      {members.map(([name, value], at) => (
        <span key={name ?? at}>
          {`\n${deeper}`}
          {name !== undefined && <span className={styles.name}>{name}: </span>}
          <Node value={value} indent={deeper} />
          {at < members.length - 1 && ','}
        </span>
      ))}
      {`\n${indent}${close}`}
    </>
  );
}
