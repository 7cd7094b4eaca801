/**
 * Encodings of what the ledger consists of, as docs/data-formats.md describes them: CBOR maps with the field
 * names of types/ledger.ts; digests, keys, nonces and signatures are byte strings. Decoders throw CodecError.
 */
export * from './batch.ts';
export * from './certificate.ts';
export {
  decodeGenesisDocument,
  encodeGenesisDocument,
  genesisDocumentDigest,
} from './genesis.ts';
export * from './header.ts';
export * from './outcome.ts';
export * from './proof-pack.ts';
export * from './stream-event.ts';
export * from './transaction.ts';
export * from './validator-set.ts';
