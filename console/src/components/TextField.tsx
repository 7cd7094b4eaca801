import type { ReactNode } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField as AriaTextField } from 'react-aria-components/TextField';
import { cx } from '../lib/cx.ts';
import styles from './TextField.module.css';

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  /** Shown instead of the hint. */
  readonly problem?: string | undefined;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly code?: boolean;
  readonly type?: 'text' | 'password';
  readonly autoComplete?: string;
  readonly isRequired?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, hint, problem, rows, code = false, placeholder, ...field } = props;
  const look = cx(styles.input, code && styles.code);
  return (
    <AriaTextField
      {...field}
      className={cx(styles.field)}
      isInvalid={problem !== undefined}
      spellCheck="false"
      validationBehavior="aria"
    >
      <Label className={cx(styles.label)}>{label}</Label>
      {rows === undefined ? (
        <Input className={look} {...(placeholder === undefined ? {} : { placeholder })} />
      ) : (
        <TextArea className={look} rows={rows} {...(placeholder === undefined ? {} : { placeholder })} />
      )}
      {problem === undefined ? (
        hint !== undefined && (
          <Text slot="description" className={cx(styles.hint)}>
            {hint}
          </Text>
        )
      ) : (
        <FieldError className={cx(styles.problem)}>{problem}</FieldError>
      )}
    </AriaTextField>
  );
}
