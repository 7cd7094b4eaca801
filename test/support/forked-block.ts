/** What only more liars than a network bears can make: a second block for a height, with the seals of a quorum. */
import { consensusKeyFileOf, examplePassphraseFileOf } from '../../node/config/data-layout.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { jsonOfCertificate } from '../../shared/api/json-of-ledger.ts';
import type { BlockJson } from '../../shared/api.ts';
import { fromBase64Url, toBase64Url } from '../../shared/codec/hex.ts';
import { decodeHeader, encodeHeader, headerHash } from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import type { NetworkId, Signature, ValidatorId } from '../../shared/types/brands.ts';
import type { RunningNetwork } from './network.ts';

/** The same block a millisecond later, which three of the example's four validators seal as well. */
export async function forked(
  { data, id }: Pick<RunningNetwork, 'data' | 'id'>,
  block: BlockJson,
): Promise<BlockJson> {
  const header = decodeHeader(fromBase64Url(block.headerBytes));
  const headerBytes = encodeHeader({ ...header, time: header.time + 1 });
  const sealed = { epoch: header.epoch, height: header.height, block: headerHash(headerBytes) };
  const bytes = sealSigningBytes(id as NetworkId, sealed);
  const passphrase = readPassphrase(examplePassphraseFileOf(data));
  const seals = await Promise.all(
    ['alpha', 'beta', 'gamma'].map(async (validator) => {
      const { seed } = await readKeyFile(consensusKeyFileOf(data, validator), passphrase);
      const signature = signWithSodium(keyPairOf(seed).secretKey, bytes) as Signature;
      return { validator: validator as ValidatorId, signature };
    }),
  );
  return {
    ...block,
    hash: sealed.block,
    header: { ...block.header, time: block.header.time + 1 },
    headerBytes: toBase64Url(headerBytes),
    certificate: jsonOfCertificate({ ...sealed, seals }),
  };
}
