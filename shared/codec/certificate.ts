/** Certificates: a quorum of seals of one block. */
import type { BlockHash, Epoch, Height, Signature, ValidatorId } from '../types/brands.ts';
import type { CborValue, Certificate } from '../types/ledger.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { validatorIdPattern, validatorsMax } from './ids.ts';
import { itemsMax } from './limits.ts';
import { type CborMap, readBytes, readCount, readHex, readList, readMap, readPattern } from './structure.ts';

export const certificateToCbor = (certificate: Certificate): CborMap => ({
  epoch: certificate.epoch,
  height: certificate.height,
  block: fromHex(certificate.block),
  seals: certificate.seals.map(({ validator, signature }) => ({ validator, signature })),
});

export const certificateFromCbor = (
  value: CborValue | undefined,
  path: string,
  sealsMax: number = validatorsMax,
): Certificate => {
  const map = readMap(value, path, ['epoch', 'height', 'block', 'seals']);
  return {
    epoch: readCount<Epoch>(map, 'epoch', path),
    height: readCount<Height>(map, 'height', path),
    block: readHex<BlockHash>(map, 'block', path, 32),
    seals: readList(map, 'seals', path, sealsMax).map((item, i) => {
      const seal = readMap(item, `${path}.seals[${i}]`, ['validator', 'signature']);
      return {
        validator: readPattern<ValidatorId>(seal, 'validator', `${path}.seals[${i}]`, validatorIdPattern),
        signature: readBytes(seal, 'signature', `${path}.seals[${i}]`, 64) as Signature,
      };
    }),
  };
};

export const encodeCertificate = (certificate: Certificate): Uint8Array =>
  encode(certificateToCbor(certificate));
export const decodeCertificate = (bytes: Uint8Array): Certificate =>
  certificateFromCbor(decode(bytes, { itemsMax: itemsMax.certificate }), 'certificate');
