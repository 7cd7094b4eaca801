import { Monitor, Moon, Sun } from 'lucide-react';
import { Card } from '../../components/Card.tsx';
import { Page } from '../../components/Page.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { useNow } from '../../lib/now.ts';
import { updatePreferences, usePreferences } from '../../lib/preferences.ts';
import { formatTime } from '../../lib/time.ts';
import { SessionCard } from '../sign-in/SessionCard.tsx';
import { Gateways } from './components/Gateways.tsx';
import { PinnedNetwork } from './components/PinnedNetwork.tsx';
import styles from './SettingsPage.module.css';

export default function SettingsPage() {
  return (
    <Page title="Settings" lead="Kept in this browser only.">
      <SessionCard />
      <PinnedNetwork />
      <Gateways />
      <Display />
    </Page>
  );
}

const themeOptions = [
  { value: 'system', label: <Choice icon={Monitor}>System</Choice> },
  { value: 'light', label: <Choice icon={Sun}>Light</Choice> },
  { value: 'dark', label: <Choice icon={Moon}>Dark</Choice> },
] as const;

const timeOptions = [
  { value: 'utc', label: 'UTC' },
  { value: 'local', label: 'Local' },
  { value: 'age', label: 'Age' },
] as const;

function Choice({ icon: Icon, children }: { icon: typeof Sun; children: string }) {
  return (
    <>
      <Icon size={15} aria-hidden />
      {children}
    </>
  );
}

function Display() {
  const { theme, time } = usePreferences();
  const now = useNow(1000);
  return (
    <Card title="Display">
      <div className={styles.rows}>
        <div className={styles.row}>
          <span>Theme</span>
          <Segmented
            label="Theme"
            value={theme}
            options={themeOptions}
            onChange={(value) => updatePreferences({ theme: value })}
          />
        </div>
        <div className={styles.row}>
          <span>Time</span>
          <Segmented
            label="Time"
            value={time}
            options={timeOptions}
            onChange={(value) => updatePreferences({ time: value })}
          />
          <span className={styles.muted}>such as {formatTime(now - 41_000, time, now)}</span>
        </div>
      </div>
    </Card>
  );
}
