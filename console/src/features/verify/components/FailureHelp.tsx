import { useQuery } from '@tanstack/react-query';
import type { Check } from '../../../../../shared/protocol/checks.ts';
import { buttonClass } from '../../../components/Button.tsx';
import { CopyButton } from '../../../components/Hash.tsx';
import { pin } from '../../../lib/pin.ts';
import { statusQuery, validatorsQuery } from '../../../lib/queries.ts';
import { useStore } from '../../../lib/store.ts';
import { checkTitles } from '../checks.ts';
import type { Verification } from '../useVerification.ts';
import styles from './FailureHelp.module.css';

export interface FailureHelpProps {
  readonly failure: Check;
  readonly retryPath: string;
  readonly download: Verification['download'];
}

/** What a failed check means and how to find out who is wrong. */
export function FailureHelp({ failure, retryPath, download }: FailureHelpProps) {
  const { data: validators } = useQuery(validatorsQuery);
  const { data: status } = useQuery(statusQuery);
  const network = useStore(pin)?.network ?? 'ID';
  const others =
    validators?.validators.filter(({ id, gateway }) => id !== status?.node && gateway !== '') ?? [];
  const command = `concordat pack verify ${download?.fileName ?? 'FILE'} --network ${network}`;
  return (
    <div className={styles.help}>
      <h3>What this means</h3>
      <p>
        What this node sent does not prove what it claims: {checkTitles[failure.id].toLowerCase()} does not
        match. The answer was damaged or changed on its way, or the node is wrong. Do not rely on this page.
      </p>
      <h3>What to do</h3>
      <ol className={styles.steps}>
        {others.length > 0 && (
          <li>
            <span>Ask another node for the same thing:</span>
            <span className={styles.nodes}>
              {others.slice(0, 3).map(({ id, gateway }) => (
                <a key={id} className={buttonClass('secondary')} href={`${gateway}${retryPath}`}>
                  {id}
                </a>
              ))}
            </span>
          </li>
        )}
        <li>
          <span>
            Download what was checked and run the same checks without a browser (in the checkout of the
            software, put npx before it):
          </span>
          <span className={styles.command}>
            <code>{command}</code>
            <CopyButton value={command} name="command" />
          </span>
        </li>
        <li>Send the file to the other members if their nodes prove it and this one does not.</li>
      </ol>
    </div>
  );
}
