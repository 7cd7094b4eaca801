/** What is to be done about keys next, in words. */
import type { KeyStepJson, KeysPlanJson } from '../../../../shared/api.ts';
import { formatCount, shortenHash } from '../../lib/format.ts';

/** What it is that `who` does next. */
export function stepInWords({ what, key, subject, height, certificate }: KeyStepJson): string {
  const named = key === undefined ? 'a key' : `the key ${shortenHash(key)}`;
  switch (what) {
    case 'ask-for-key':
      return `has made ${named}, and nobody has decided on it: rotate, or erase it`;
    case 'announce-readiness':
      return `its node says by itself that it holds ${named}, once it runs`;
    case 'attest':
      return `its node reaches ${subject ?? 'it'} and says so by itself`;
    case 'wait-for-height':
      return `signs with ${named} from block ${formatCount(height ?? 0)}, by itself`;
    case 'replace-suspected-key':
      return `replaces ${named}, which is suspected, by ballots`;
    case 'renew-certificate':
      return `renews its ${certificate ?? 'certificate'}`;
  }
}

/** The change of the epoch that is on its way; undefined if there is none. */
export function activationInWords({ activation }: Pick<KeysPlanJson, 'activation'>): string | undefined {
  if (activation === undefined) return undefined;
  const { number, status, at, member } = activation;
  const when = at === undefined ? '' : `, in force from block ${formatCount(at)}`;
  return `Activation ${number} of ${member} is ${status}${when}`;
}
