import type { BlockSummaryJson } from '../../../shared/api.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import { decodeHeader, headerHash } from '../../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { type Check, compared, firstFailed, malformed, passed } from '../../../shared/protocol/checks.ts';
import { type KnownEpochs, newestEpoch } from '../../../shared/protocol/known-epochs.ts';
import { certifiedBySet, headerCheck } from '../../../shared/protocol/verify-certificate.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import type { Proven, VerificationReport } from '../features/verify/checks.ts';
import { certificateOf } from '../lib/wire.ts';
import { checkShownHeader } from './check-shown.ts';
import { placeOf, sealersOf } from './follow-epochs.ts';

/** Decode, header and quorum of one block, and that its height is of its epoch: enough to believe its roots. */
export async function checkCertificate(
  block: BlockSummaryJson,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const header = openHeader(block);
  if ('id' in header) return { checks: [header] };
  const checks = [
    passed('decode', { inputs: { bytes: bytesOf(block).length } }),
    checkHeader(block, header, known),
    await checkSeals(block, header, known, verify),
    ...checkPlace(header, known),
  ];
  return checks.every(({ ok }) => ok) ? { checks, proven: provenBlock(block, header, known) } : { checks };
}

/** Of a block of an epoch that is not known, `quorum` has failed already. */
export function checkPlace(header: Header, known: KnownEpochs): readonly Check[] {
  const epoch = sealersOf(header, known);
  return 'id' in epoch ? [] : [placeOf(header, epoch)];
}

export const networkOf = (known: KnownEpochs): NetworkId => newestEpoch(known).network;

const bytesOf = ({ headerBytes }: BlockSummaryJson): Uint8Array => fromBase64Url(headerBytes);

export function openHeader(block: BlockSummaryJson): Header | Check {
  try {
    return decodeHeader(bytesOf(block));
  } catch (error) {
    if (error instanceof CodecError) return malformed(error);
    throw error;
  }
}

/** The bytes hash to what was sealed, and that is the block that the page shows. */
export function checkHeader(block: BlockSummaryJson, header: Header, known: KnownEpochs): Check {
  const network = networkOf(known);
  if (block.certificate === null)
    return firstFailed([checkShownHeader(block, header), checkGenesisHeader(block, header, network)]);
  const certificate = certificateOf(block.certificate);
  const sealed = headerCheck(bytesOf(block), header, certificate, network);
  const { inputs } = sealed;
  return firstFailed([
    compared('header', 'block-hash', block.hash, certificate.block, inputs === undefined ? {} : { inputs }),
    compared('header', 'height', block.height, header.height, inputs === undefined ? {} : { inputs }),
    checkShownHeader(block, header),
    sealed,
  ]);
}

function checkGenesisHeader(block: BlockSummaryJson, { height }: Header, network: string): Check {
  const hash = headerHash(bytesOf(block));
  return firstFailed([
    compared('header', 'block-hash', hash, block.hash),
    compared('header', 'height', 0, height),
    compared('header', 'genesis-hash', network, hash, { inputs: { height } }),
  ]);
}

/** By the set of the block's own epoch. Only the genesis block needs no seals: its hash is the network id. */
export function checkSeals(
  { certificate }: BlockSummaryJson,
  header: Header,
  known: KnownEpochs,
  verify: VerifySignature,
): Check | Promise<Check> {
  if (certificate === null) {
    return compared('quorum', 'too-few-signers', 'genesis, which needs no seals', sealsNeeded(header));
  }
  const epoch = sealersOf(header, known);
  return 'id' in epoch ? epoch : certifiedBySet(header, certificateOf(certificate), epoch, verify);
}

const sealsNeeded = ({ height }: Header): string =>
  height === 0 ? 'genesis, which needs no seals' : `block ${height} without a certificate`;

export function provenBlock(block: BlockSummaryJson, header: Header, known: KnownEpochs): Proven {
  return { network: networkOf(known), height: header.height, block: block.hash, time: header.time };
}
