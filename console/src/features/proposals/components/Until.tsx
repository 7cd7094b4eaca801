import { Time } from '../../../components/Time.tsx';
import { formatDuration } from '../../../lib/format.ts';
import { useNow } from '../../../lib/now.ts';

/** A moment to come, with what is left until then by this browser's clock. */
export function Until({ value }: { value: number }) {
  const left = value - useNow(1_000);
  return (
    <>
      <Time value={value} />
      {left > 0 && ` (in ${formatDuration(left)})`}
    </>
  );
}
