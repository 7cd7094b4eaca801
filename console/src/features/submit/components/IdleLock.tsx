import { useEffect, useRef, useState } from 'react';
import { Button } from '../../../components/Button.tsx';
import { announce } from '../../../lib/announce.ts';
import { useNow } from '../../../lib/now.ts';
import { useStore } from '../../../lib/store.ts';
import { forgetKey, openedKey, openedReader, openedSuccessor } from '../api/key-holder.ts';
import styles from './IdleLock.module.css';

/** Without a sign of the reader for so long, keys are closed. */
const idleMs = 10 * 60_000;
/** Said so long before. */
const warningMs = 60_000;

const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;

/** Closes what was opened when nobody is there any more, after a warning that any sign of life answers. */
export function IdleLock() {
  const key = useStore(openedKey);
  const reader = useStore(openedReader);
  const successor = useStore(openedSuccessor);
  return key === undefined && reader === undefined && successor === undefined ? null : <Watch />;
}

function Watch() {
  const now = useNow(1_000);
  const last = useRef(now);
  const [isWarned, setWarned] = useState(false);
  useEffect(() => {
    const onSign = () => {
      // A machine that slept wakes up with a sign, before any timer.
      if (Date.now() - last.current >= idleMs) return close();
      last.current = Date.now();
      setWarned(false);
    };
    for (const sign of signs) document.addEventListener(sign, onSign, { capture: true, passive: true });
    return () => {
      for (const sign of signs) document.removeEventListener(sign, onSign, { capture: true });
    };
  }, []);
  useEffect(() => {
    const idle = now - last.current;
    if (idle >= idleMs) close();
    else if (idle >= idleMs - warningMs) setWarned(true);
  }, [now]);
  if (!isWarned) return null;
  return (
    <div className={styles.warning} role="alert">
      <p>
        <strong>The open key closes within a minute.</strong> Nobody seems to be there: any key or movement
        keeps it open.
      </p>
      <Button onPress={close}>Close it now</Button>
    </div>
  );
}

function close(): void {
  void forgetKey().then(() => announce('The key is closed'));
}
