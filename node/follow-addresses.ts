/** Links follow the ledger: its address book, and the node key that it names for this node. */
import type { PublicKey, ValidatorId } from '../shared/types/brands.ts';
import { addressBookOf, ownNodeKeys, touchesAddresses } from './address-book.ts';
import type { NodeCertificate } from './crypto/certificate.ts';
import type { ExecutedBlock, StateView } from './ledger/types.ts';
import type { LogPort } from './runtime/ports.ts';

export interface AddressFollowing {
  readonly self: ValidatorId;
  readonly state: StateView;
  /** The address book has changed. */
  readonly refresh: () => void;
  /** Links are to prove another node key. */
  readonly prove: (certificate: NodeCertificate) => void;
  /** The one that links prove now. */
  readonly nodeKey: PublicKey;
  /** undefined if the keyring does not hold it. */
  readonly certificateOf: (nodeKey: PublicKey) => Promise<NodeCertificate> | undefined;
  readonly log: LogPort;
}

/** @returns what is to be told of each block that is certified and durable. */
export function followAddresses(options: AddressFollowing): (block: ExecutedBlock) => void {
  const { self, state, refresh, prove, certificateOf, log } = options;
  let nodeKey = options.nodeKey;
  let book = '';
  /** While a replaced node key is admitted beside the new one, the end of that comes with no event. */
  let isOverlapping = true;

  function follow(block: ExecutedBlock): void {
    if (!isOverlapping && !touchesAddresses(block)) return;
    const { time } = block.header;
    const entries = addressBookOf(state, time);
    isOverlapping = entries.some(({ nodeKeys }) => nodeKeys.length > 1);
    const next = JSON.stringify(entries);
    if (next === book) return;
    book = next;
    refresh();
    proveNodeKey(ownNodeKeys(state, self, time)[0]);
  }

  /** Peers admit it since that very block, and the one before for a while. */
  function proveNodeKey(named: PublicKey | undefined): void {
    if (named === undefined || named === nodeKey) return;
    const certificate = certificateOf(named);
    if (certificate === undefined) {
      log.write('warn', 'node-key-missing', { nodeKey: named, used: nodeKey });
      return;
    }
    nodeKey = named;
    certificate.then(
      (made) => {
        if (nodeKey !== named) return;
        prove(made);
        log.write('info', 'node-key-changed', { nodeKey: named });
      },
      (error: unknown) => log.write('error', 'node-certificate-failed', { reason: String(error) }),
    );
  }

  return follow;
}
