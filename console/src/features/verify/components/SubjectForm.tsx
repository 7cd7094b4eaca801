import { ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../../components/Button.tsx';
import styles from './SubjectForm.module.css';

export interface SubjectFormProps {
  readonly ready: boolean;
  readonly busy: boolean;
  readonly onVerify: () => void;
  readonly children: ReactNode;
}

/** What is to be verified, and the one button that does it. */
export function SubjectForm({ ready, busy, onVerify, children }: SubjectFormProps) {
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !busy) onVerify();
      }}
    >
      <div className={styles.fields}>{children}</div>
      <Button look="primary" type="submit" isDisabled={!ready || busy}>
        <ShieldCheck size={16} aria-hidden />
        Verify
      </Button>
    </form>
  );
}
