/** Sets of validators: their encoding, and what makes a list of validators a set that may certify blocks. */
import { digestOf } from '../crypto/digest.ts';
import type { Digest, MemberId, PublicKey, ValidatorId } from '../types/brands.ts';
import type { CborValue, ValidatorKey, ValidatorSet } from '../types/ledger.ts';
import { CodecError, type CodecFacts } from './codec-error.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { memberIdPattern, validatorIdPattern, validatorsMax } from './ids.ts';
import { itemsMax } from './limits.ts';
import { type CborMap, listOf, readHex, readMap, readPattern } from './structure.ts';

export const validatorSetToCbor = (set: ValidatorSet): readonly CborMap[] =>
  set.map(({ id, member, consensusKey }) => ({ id, member, consensusKey: fromHex(consensusKey) }));

export const validatorSetFromCbor = (value: CborValue | undefined, path: string): ValidatorSet => {
  const set = listOf(value, path, validatorsMax).map((item, i) => validatorFromCbor(item, `${path}[${i}]`));
  const fault = validatorSetFault(set, path);
  if (fault !== undefined) throw new CodecError('wrong-value', fault);
  return set;
};

const validatorFromCbor = (value: CborValue, path: string): ValidatorKey => {
  const map = readMap(value, path, ['id', 'member', 'consensusKey']);
  return {
    id: readPattern<ValidatorId>(map, 'id', path, validatorIdPattern),
    member: readPattern<MemberId>(map, 'member', path, memberIdPattern),
    consensusKey: readHex<PublicKey>(map, 'consensusKey', path, 32),
  };
};

export const encodeValidatorSet = (set: ValidatorSet): Uint8Array => encode(validatorSetToCbor(set));
export const decodeValidatorSet = (bytes: Uint8Array): ValidatorSet =>
  validatorSetFromCbor(decode(bytes, { itemsMax: itemsMax.validatorSet }), 'validators');
/** What headers call `validators`: fields beyond {id, member, consensusKey} do not enter. */
export const validatorSetDigest = (set: ValidatorSet): Digest =>
  digestOf('validators', encodeValidatorSet(set));

/**
 * 1 to 1024 validators, strictly ascending by id, hence distinct, and no key twice: under two ids one holder of
 * a key would count as two towards a quorum. Undefined if all of that holds.
 */
export const validatorSetFault = (set: ValidatorSet, path: string): CodecFacts | undefined => {
  if (set.length < 1 || set.length > validatorsMax) {
    return { path, expected: `1 to ${validatorsMax} validators`, got: set.length };
  }
  const keys = new Set<string>();
  for (const [i, { id, consensusKey }] of set.entries()) {
    // Ids are ASCII: code units order them like bytes, a proper prefix first.
    const previous = set[i - 1]?.id;
    if (previous !== undefined && previous >= id) {
      return { path: `${path}[${i}].id`, expected: `an id above '${previous}'`, got: id };
    }
    if (keys.has(consensusKey)) {
      return { path: `${path}[${i}].consensusKey`, expected: 'each key once', got: consensusKey };
    }
    keys.add(consensusKey);
  }
  return undefined;
};
