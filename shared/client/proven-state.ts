/** Values of state that prove themselves from the pinned network id, whatever the gateway would like them to be. */
import { certificateOfJson } from '../api/ledger-of-json.ts';
import type { StateJson } from '../api.ts';
import { CodecError } from '../codec/codec-error.ts';
import { fromBase64Url } from '../codec/hex.ts';
import { decodeHeader } from '../codec/ledger.ts';
import { opening } from '../protocol/verify-receipt.ts';
import type { GenesisStateEntry, StateEntry } from '../protocol/verify-state.ts';
import type { Digest } from '../types/brands.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';
import type { LightClient, SeenBlock } from './light-client.ts';

export interface ProvenValue {
  /** undefined: it is proven that the key is absent. */
  readonly value: Uint8Array | undefined;
  readonly height: number;
  /** Block time, milliseconds since 1970: how old the proof is. */
  readonly time: number;
}

/** The newest certified value of a key, proven; throws ClientError if it is not. */
export type ProveState = (key: string) => Promise<ProvenValue>;

/**
 * Blocks that a proof may lie behind the newest block that was seen certified: gateways are not in step. Who was shown
 * a newer block is not talked into what state said before, such as a key that was replaced since.
 */
export const proofLagMax = 16;
/** Or by the time of the blocks, whichever allows more: a busy network makes sixteen in less than half a second. */
export const proofLagMaxMs = 30_000;

/** @throws ClientError `state-outdated` */
export function requireRecent(
  proof: { readonly gateway: string; readonly key: string; readonly height: number; readonly time: number },
  seen: SeenBlock | undefined,
): void {
  if (seen === undefined || proof.height >= seen.height - proofLagMax) return;
  if (seen.time !== undefined && proof.time >= seen.time - proofLagMaxMs) return;
  const { time: _, ...facts } = proof;
  throw new ClientError(
    'state-outdated',
    `The gateway proves how state was after block ${proof.height}; block ${seen.height} was certified before now.`,
    {
      ...facts,
      seen: seen.height,
      lagMax: proofLagMax,
      ...(seen.time !== undefined && { behindMs: seen.time - proof.time, lagMaxMs: proofLagMaxMs }),
    },
    'Ask another gateway. If it is yours: it lags behind, or somebody holds blocks back from it.',
  );
}

/** @throws ClientError `state-unproven`, `state-outdated`, `contradiction`, and what a light client refuses */
export const stateProver =
  (client: Pick<Client, 'get' | 'gateway'>, light: LightClient): ProveState =>
  async (key) => {
    const entry = stateEntryOf(key, await client.get('state', { key }));
    if (entry === undefined) throw unproven(client.gateway, key, { check: 'decode', reason: 'malformed' });
    const { ok, checks } = await light.stateEntry(entry);
    const failed = checks.find((check) => !check.ok && check.reason !== 'not-reached');
    if (!ok) throw unproven(client.gateway, key, { check: failed?.id, reason: failed?.reason });
    const { height, time } = decodeHeader(entry.header);
    requireRecent({ gateway: client.gateway, key, height, time }, light.seen);
    if ('certificate' in entry) await observe(client.gateway, light, entry);
    return { value: entry.value, height, time };
  };

async function observe(gateway: string, light: LightClient, entry: StateEntry): Promise<void> {
  const observed = await light.observe(entry.header, entry.certificate);
  if (observed.kind === 'contradiction') throw contradiction(gateway, entry.certificate.height);
}

/** What an answer claims; undefined for bytes that are none. */
export function stateEntryOf(key: string, answer: StateJson): GenesisStateEntry | StateEntry | undefined {
  const { certificate, proof, value } = answer;
  const read = opening(() => ({
    header: fromBase64Url(answer.headerBytes),
    ...(value === null ? {} : { value: fromBase64Url(value) }),
  }));
  if (read instanceof CodecError) return undefined;
  return {
    key,
    ...read,
    proof: {
      siblings: proof.siblings as readonly string[] as readonly Digest[],
      ...(proof.otherLeaf === undefined
        ? {}
        : { otherLeaf: proof.otherLeaf as { readonly key: Digest; readonly value: Digest } }),
    },
    // Nobody sealed the genesis block.
    ...(certificate === null ? {} : { certificate: certificateOfJson(certificate) }),
  };
}

const unproven = (
  gateway: string,
  key: string,
  facts: { readonly check?: string | undefined; readonly reason?: string | undefined },
): ClientError =>
  new ClientError(
    'state-unproven',
    'The gateway does not prove what it says of the state.',
    { gateway, key, ...facts },
    'Do not rely on it: ask another gateway, and the operator of this one why.',
  );

const contradiction = (gateway: string, height: number): ClientError =>
  new ClientError(
    'contradiction',
    `Two different blocks of height ${height} are certified.`,
    { gateway, height },
    'More than f validators lie. Stop, and compare with the other members.',
  );
