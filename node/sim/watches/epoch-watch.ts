/**
 * What an honest key may sign of an epoch (rules E1, E2, D3): as a validator of it, with the key that it has there,
 * from the vote store that is registered there, at its heights and no others.
 */
import type { Incarnation, PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import type { SlotContent } from '../../../shared/types/messages.ts';
import type { EpochFold, KnownEpoch } from '../epoch-fold.ts';
import { nameOf } from './durability-watch.ts';

/** Who signs, and from where. */
export interface Signing {
  readonly id: ValidatorId;
  readonly key: PublicKey;
  /** Of the disk that its votes are on. */
  readonly incarnation: Incarnation;
}

export interface EpochWatch {
  signing(by: Signing, signed: SlotContent): string | undefined;
  /** After each new block: whether somebody honest signed too high in an epoch of which it was the last one. */
  appended(height: number): string | undefined;
}

export function createEpochWatch(epochs: EpochFold): EpochWatch {
  /** The highest that anybody honest signed in an epoch. */
  const tops = new Map<number, { readonly id: ValidatorId; readonly height: number }>();

  function signing({ id, key, incarnation }: Signing, signed: SlotContent): string | undefined {
    const known = epochs.of(signed.epoch);
    const fault =
      known === undefined
        ? 'which no certified block has begun'
        : faultIn(known, id, key, incarnation, signed);
    if (fault !== undefined) return `${id} signs ${nameOf(signed)} of epoch ${signed.epoch}, ${fault}`;
    const height = heightOf(signed);
    if (height > (tops.get(signed.epoch)?.height ?? 0)) tops.set(signed.epoch, { id, height });
    return undefined;
  }

  function faultIn(
    known: KnownEpoch,
    id: ValidatorId,
    key: PublicKey,
    incarnation: Incarnation,
    signed: SlotContent,
  ): string | undefined {
    const registered = known.validators.get(id);
    if (registered === undefined) return 'in which it is no validator (rule E2)';
    if (registered.consensusKey !== key) return 'with the key of another one (rule E4)';
    if (registered.incarnation !== incarnation) return 'from a vote store that is not registered (rule D3)';
    const height = heightOf(signed);
    if (height > 0 && height < known.firstHeight) return `which begins at ${known.firstHeight} (rule E1)`;
    if (height > (known.lastHeight ?? height)) return `which ended at ${known.lastHeight} (rule E1)`;
    return undefined;
  }

  function appended(height: number): string | undefined {
    const { epoch } = epochs.current();
    const before = epochs.of(epoch - 1);
    if (before?.lastHeight !== height) return undefined;
    const top = tops.get(epoch - 1);
    if (top === undefined || top.height <= height) return undefined;
    return `${top.id} signed at ${top.height} of epoch ${epoch - 1}, which ended at ${height} (rule E1)`;
  }

  return { signing, appended };
}

/** 0 of a VIEW-CHANGE and a NEW-VIEW. */
const heightOf = (signed: SlotContent): number => (signed.kind === 'seal' ? signed.height : signed.sequence);
