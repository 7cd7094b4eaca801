/** What indexes need to know of an executed transaction, read from its events alone. */
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import type { BurnedData, DefinedData, IssuedData, TransferredData } from './modules/assets.ts';
import type { AppendedData, RepeatedData } from './modules/streams.ts';
import type { ExecutedTransaction } from './types.ts';

export { streamEventOf } from './modules/streams.ts';

export interface Touched {
  /** Identity id; absent if the sender's key was unknown. */
  readonly sender?: string;
  /** Identity ids that assets were issued or transferred to. */
  readonly receivers: readonly string[];
  readonly streams: readonly string[];
  /** `name=value`, of the events that were appended. */
  readonly labels: readonly string[];
  readonly assets: readonly string[];
}

/** Each list without repetition, in the order of the events. A failed transaction touches nothing. */
export function touchedBy({ sender, events }: ExecutedTransaction): Touched {
  const touched = {
    receivers: distinct(events, receiversOf),
    streams: distinct(events, streamsOf),
    labels: distinct(events, labelsOf),
    assets: distinct(events, assetsOf),
  };
  return sender === undefined ? touched : { sender, ...touched };
}

const none: readonly string[] = [];

function distinct(
  events: readonly LedgerEvent[],
  of: (event: LedgerEvent) => readonly string[],
): readonly string[] {
  const [first] = events;
  if (first === undefined) return none;
  // Most transactions have one event.
  const values = events.length === 1 ? of(first) : events.flatMap(of);
  return values.length < 2 ? values : [...new Set(values)];
}

function receiversOf({ type, data }: LedgerEvent): readonly string[] {
  const receives = type === 'assets.issued' || type === 'assets.transferred';
  return receives ? [(data as IssuedData).to] : none;
}

function streamsOf({ type, data }: LedgerEvent): readonly string[] {
  const concerns = type === 'streams.appended' || type === 'streams.repeated';
  return concerns ? [(data as AppendedData | RepeatedData).stream] : none;
}

function labelsOf({ type, data }: LedgerEvent): readonly string[] {
  if (type !== 'streams.appended') return none;
  return Object.entries((data as AppendedData).labels).map(([name, value]) => `${name}=${value}`);
}

function assetsOf({ type, data }: LedgerEvent): readonly string[] {
  return type.startsWith('assets.') ? [(data as DefinedData).asset] : none;
}

/** Which event of which stream it is. */
export type AppendedEvent = Pick<AppendedData, 'stream' | 'revision'>;

/** The stream events among a transaction's, in order. */
export const appendedEvents = (events: readonly LedgerEvent[]): readonly AppendedEvent[] =>
  events.filter(({ type }) => type === 'streams.appended').map(({ data }) => data as AppendedData);

export interface BalanceChange {
  readonly asset: string;
  readonly identity: string;
  /** Negative when it goes away. Balances as of a height are the sums up to it. */
  readonly delta: bigint;
}

/** In the order in which they take effect. */
export function balanceChanges({ type, data }: LedgerEvent): readonly BalanceChange[] {
  switch (type) {
    case 'assets.issued': {
      const { asset, to, amount } = data as IssuedData;
      return [{ asset, identity: to, delta: BigInt(amount) }];
    }
    case 'assets.transferred': {
      const { asset, from, to, amount } = data as TransferredData;
      return [
        { asset, identity: from, delta: -BigInt(amount) },
        { asset, identity: to, delta: BigInt(amount) },
      ];
    }
    case 'assets.burned': {
      const { asset, from, amount } = data as BurnedData;
      return [{ asset, identity: from, delta: -BigInt(amount) }];
    }
    default:
      return [];
  }
}
