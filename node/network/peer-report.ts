/** What operators see of one peer. */
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { PeerKind } from '../runtime/link-kinds.ts';
import type { LinkMeasures } from './link.ts';

export interface PeerReport extends Partial<LinkMeasures> {
  readonly id: ValidatorId;
  readonly kind: PeerKind;
  /** Absent: it is not dialled. */
  readonly address?: string;
  readonly open: boolean;
  /** The one of its keys that the link has proven: while two overlap, whether the old one is still in use. */
  readonly nodeKey?: PublicKey;
  /** Who opened the connection. */
  readonly dialer?: ValidatorId;
  readonly software?: string;
  /** Our clock, milliseconds since 1970, when the link opened. */
  readonly openedAt?: number;
  /** Why there is no link, or why it could not be renewed: a log code, and what the system said. */
  readonly lastFailure?: string;
  readonly lastFailureReason?: string;
}
