import { Pause, Play } from 'lucide-react';
import { announce } from '../lib/announce.ts';
import { useLivePaused } from '../lib/live.ts';
import { Button } from './Button.tsx';

/** Stops and resumes one tail; the button in the top bar stops everything. */
export function TailButton({
  isPaused,
  onChange,
}: {
  isPaused: boolean;
  onChange: (isPaused: boolean) => void;
}) {
  const paused = useLivePaused();
  const press = () => {
    onChange(!isPaused);
    announce(isPaused ? 'Tail goes on where it stopped' : 'Tail paused');
  };
  return (
    <Button onPress={press} isDisabled={paused}>
      {isPaused || paused ? <Play size={15} aria-hidden /> : <Pause size={15} aria-hidden />}
      {paused ? 'All paused' : isPaused ? 'Resume tail' : 'Pause tail'}
    </Button>
  );
}
