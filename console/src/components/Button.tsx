import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { cx } from '../lib/cx.ts';
import styles from './Button.module.css';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style'> {
  /** At most one primary button a view. */
  readonly look?: 'primary' | 'secondary' | 'quiet' | 'danger';
  /** Square, for an icon alone: give it an `aria-label`. */
  readonly iconOnly?: boolean;
}

export function Button({ look = 'secondary', iconOnly = false, ...rest }: ButtonProps) {
  return <AriaButton {...rest} className={buttonClass(look, iconOnly)} />;
}

/** The same look for a link. */
export function buttonClass(look: NonNullable<ButtonProps['look']>, iconOnly = false): string {
  return cx(styles.button, styles[look], iconOnly && styles.iconOnly);
}
