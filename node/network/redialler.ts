/** Dials one address, one attempt at a time, and again with back-off for as long as somebody needs it. */
import type { PublicKey } from '../../shared/types/brands.ts';
import { backOffMs } from './back-off.ts';
import { type DialFailure, dial } from './dialer.ts';
import type { MeshContext } from './mesh-context.ts';
import type { Connection } from './peer-key.ts';
import type { RefusalCode } from './refusals.ts';

export interface RedialOptions {
  /** Absent: there is nothing to dial now. */
  address(): string | undefined;
  /** Asked before each attempt. `wait`: not now, but ask again after a while. */
  need(): 'dial' | 'wait' | 'nothing';
  /** Why a server that proves this key is turned down; undefined if it is wanted. */
  refusalOf(nodeKey: PublicKey): RefusalCode | undefined;
  /** Neither this nor `failed` dials again by itself. */
  connected(connection: Connection): void;
  failed(failure: DialFailure): void;
}

export interface Redialler {
  now(): void;
  /** After a pause that grows with each call since the last `calm`. */
  later(): void;
  /** Gives up the pause, and leaves what is under way. */
  cancelPause(): void;
  /** Gives up the pause and what is under way. */
  cancel(): void;
  /** What failed until now is forgotten. */
  calm(): void;
}

export function createRedialler(mesh: MeshContext, options: RedialOptions): Redialler {
  const { limits, random } = mesh;
  /** Pauses since the last `calm`. */
  let attempts = 0;
  let cancelDial: (() => void) | undefined;
  let pause: NodeJS.Timeout | undefined;

  function now(): void {
    const address = options.address();
    const need = address === undefined ? 'nothing' : options.need();
    if (need === 'wait') later();
    else if (need === 'dial' && address !== undefined && cancelDial === undefined)
      cancelDial = begin(address);
  }

  function begin(address: string): () => void {
    return dial(address, {
      certificate: mesh.certificate(),
      frameBytesMax: limits.frameBytesMax,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      refusalOf: options.refusalOf,
      connected: (connection) => {
        cancelDial = undefined;
        options.connected(connection);
      },
      failed: (failure) => {
        cancelDial = undefined;
        options.failed(failure);
      },
    });
  }

  function later(): void {
    if (pause !== undefined || options.address() === undefined || options.need() === 'nothing') return;
    pause = setTimeout(
      () => {
        pause = undefined;
        now();
      },
      backOffMs(attempts++, limits, random.unit()),
    );
  }

  function cancelPause(): void {
    clearTimeout(pause);
    pause = undefined;
  }

  return {
    now,
    later,
    cancelPause,
    cancel() {
      cancelPause();
      cancelDial?.();
      cancelDial = undefined;
    },
    calm() {
      attempts = 0;
    },
  };
}
