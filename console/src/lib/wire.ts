/** From the API's JSON to the types that verification takes. The schemas have checked every form. */
import type { CertificateJson } from '../../../shared/api.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import type { BlockHash, Epoch, Height, Signature, ValidatorId } from '../../../shared/types/brands.ts';
import type { Certificate } from '../../../shared/types/ledger.ts';

export function certificateOf(json: CertificateJson): Certificate {
  return {
    epoch: json.epoch as Epoch,
    height: json.height as Height,
    block: json.block as BlockHash,
    seals: json.seals.map(({ validator, signature }) => ({
      validator: validator as ValidatorId,
      signature: fromBase64Url(signature) as Signature,
    })),
  };
}
