/** Blocks and headers inside link messages. */
import {
  decodeBatch,
  decodeCertificate,
  decodeValidatorSet,
  encodeBatch,
  encodeCertificate,
  encodeValidatorSet,
} from '../../shared/codec/ledger.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { CertifiedHeader, DecidedBlock, DecidedTransaction, StoredBlock } from './ports.ts';
import { blockEnvelopes } from './wire-bounds.ts';
import { bytesField, bytesList, expectKeys, type Fields, fieldsOf, listField } from './wire-fields.ts';

export const headerFields = ({ header, certificate, nextValidators }: CertifiedHeader): Fields => ({
  header,
  certificate: encodeCertificate(certificate),
  ...(nextValidators !== undefined && { nextValidators: encodeValidatorSet(nextValidators) }),
});

export function blockFields(block: StoredBlock): Fields {
  return {
    ...headerFields(block),
    batch: encodeBatch(block.batch),
    envelopes: block.envelopes,
  };
}

export const decidedFields = (block: DecidedBlock): Fields => ({
  ...blockFields(block),
  ran: block.ran.map(({ outcome, events }) => ({ outcome, events })),
});

export function decidedBlockOf(value: CborValue): DecidedBlock {
  const { ran = null, ...stored } = fieldsOf(value, 'block');
  return { ...storedBlockOf(stored), ran: listField({ ran }, 'ran').map(decidedTransactionOf) };
}

function decidedTransactionOf(value: CborValue): DecidedTransaction {
  const fields = fieldsOf(value, 'ran');
  expectKeys(fields, ['outcome', 'events']);
  return { outcome: bytesField(fields, 'outcome'), events: bytesField(fields, 'events') };
}

export function storedBlockOf(value: CborValue): StoredBlock {
  const fields = fieldsOf(value, 'blocks');
  const { batch, envelopes, ...header } = fields;
  return {
    ...certifiedHeaderOf(header),
    batch: decodeBatch(bytesField(fields, 'batch')),
    envelopes: bytesList(fields, 'envelopes', blockEnvelopes),
  };
}

export function certifiedHeaderOf(value: CborValue): CertifiedHeader {
  const fields = fieldsOf(value, 'headers');
  expectKeys(fields, ['header', 'certificate', 'nextValidators']);
  return {
    header: bytesField(fields, 'header'),
    certificate: decodeCertificate(bytesField(fields, 'certificate')),
    ...(fields.nextValidators !== undefined && {
      nextValidators: decodeValidatorSet(bytesField(fields, 'nextValidators')),
    }),
  };
}
