import { useId } from 'react';
import { cx } from '../lib/cx.ts';
import select from './SelectField.module.css';
import styles from './TextField.module.css';

export interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
  readonly hint?: string | undefined;
  /** Label and control in one line, for the head of a card. */
  readonly inline?: boolean;
}

/** One of many, by the browser's own control. */
export function SelectField({ label, value, options, onChange, hint, inline = false }: SelectFieldProps) {
  const id = useId();
  return (
    <div className={cx(inline ? select.inline : styles.field)}>
      <label htmlFor={id} className={cx(styles.label)}>
        {label}
      </label>
      <select
        id={id}
        className={cx(styles.input, select.select)}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <span id={`${id}-hint`} className={cx(styles.hint)}>
          {hint}
        </span>
      )}
    </div>
  );
}
