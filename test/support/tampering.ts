/** A proof pack with one change, each of which a different check is there for. */
import { decodeHeader, decodeProofPack, encodeHeader, encodeProofPack } from '../../shared/codec/ledger.ts';
import type { CheckId } from '../../shared/protocol/checks.ts';
import type { Digest, MemberId, Signature } from '../../shared/types/brands.ts';
import type { ProofPack, Receipt } from '../../shared/types/ledger.ts';

export interface Tampered {
  readonly what: string;
  /** The check that must fail first. */
  readonly check: CheckId;
  readonly bytes: Uint8Array;
}

export function tamperedPacks(bytes: Uint8Array): readonly Tampered[] {
  const pack = decodeProofPack(bytes);
  const changed = (what: string, check: CheckId, part: Partial<ProofPack>): Tampered => ({
    what,
    check,
    bytes: encodeProofPack({ ...pack, ...part }),
  });
  const receiptChanged = (what: string, check: CheckId, part: Partial<Receipt>): Tampered =>
    changed(what, check, { receipt: { ...pack.receipt, ...part } });
  const { receipt, genesis } = pack;
  const header = decodeHeader(receipt.header);
  const longer = { index: 0, size: 2, path: ['ab'.repeat(32) as Digest] };
  const member = (genesis.validators[0]?.member === 'omega' ? 'alpha' : 'omega') as MemberId;
  return [
    { what: 'a byte after its end', check: 'decode', bytes: Uint8Array.of(...bytes, 0) },
    receiptChanged('a changed envelope', 'leaf', {
      envelope: flipped(receipt.envelope, receipt.envelope.length - 1),
    }),
    receiptChanged('another path', 'path', { transactionProof: longer, outcomeProof: longer }),
    receiptChanged('another time in its header', 'header', {
      header: encodeHeader({ ...header, time: header.time + 1 }),
    }),
    receiptChanged('a changed seal', 'quorum', { certificate: withChangedSeal(receipt.certificate) }),
    changed('another member in its genesis', 'history', {
      genesis: { ...genesis, validators: genesis.validators.with(0, { ...genesis.validators[0]!, member }) },
    }),
  ];
}

export const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, bytes[at]! ^ 1);

/** One bit of the first seal's S flipped: still a well-formed signature. */
function withChangedSeal(certificate: Receipt['certificate']): Receipt['certificate'] {
  const [first, ...others] = certificate.seals;
  if (first === undefined) throw new Error('a certificate has seals');
  const signature = flipped(first.signature, 40) as Signature;
  return { ...certificate, seals: [{ ...first, signature }, ...others] };
}
