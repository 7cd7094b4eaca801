import { announcement } from '../lib/announce.ts';
import { useStore } from '../lib/store.ts';

export function Announcer() {
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {useStore(announcement)}
    </div>
  );
}
