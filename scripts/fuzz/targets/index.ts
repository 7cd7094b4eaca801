/** Every decoder of the product. A new one gets a line in one of these lists. */
import type { Target } from '../target.ts';
import { fileTargets } from './files.ts';
import { formTargets } from './form.ts';
import { httpTargets } from './http.ts';
import { ledgerTargets } from './ledger.ts';
import { linkTargets } from './links.ts';
import { messageTargets } from './messages.ts';
import { recoveryTargets } from './recovery.ts';
import { signerTargets } from './signer.ts';
import { storageTargets } from './storage.ts';

export const targets: readonly Target[] = [
  ...formTargets,
  ...messageTargets,
  ...ledgerTargets,
  ...linkTargets,
  ...httpTargets,
  ...fileTargets,
  ...storageTargets,
  ...signerTargets,
  ...recoveryTargets,
];
