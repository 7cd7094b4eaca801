/**
 * The end of a node whose software does not know the rules of the next block (rule E1): it stops behind the last block
 * of the epoch before, which is durable, and goes on from there once it is replaced.
 */
import type { Height } from '../../shared/types/brands.ts';
import type { UnknownProtocol } from '../ledger/protocols.ts';

export interface ProtocolStop {
  readonly code: 'protocol-unsupported';
  readonly facts: UnknownProtocol & { readonly rule: 'E1'; readonly height: Height; readonly next: string };
}

/** @param height the last block that this software may execute */
export function protocolStop(height: Height, { protocol, newest }: UnknownProtocol): ProtocolStop {
  const next = `Install a version of Concordat that knows protocol ${protocol}, and start it on the same directories.`;
  return { code: 'protocol-unsupported', facts: { rule: 'E1', height, protocol, newest, next } };
}
