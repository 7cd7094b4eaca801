/**
 * The declared subset of DAG-CBOR (https://ipld.io/specs/codecs/dag-cbor/spec/, RFC 8949): null, booleans,
 * integers −2^64…2^64−1, finite float64 that no such safe integer equals, UTF-8 text, bytes, arrays, and maps
 * with text keys in canonical order (shorter UTF-8 first, then byte by byte). No tags, hence no CIDs.
 *
 * Every value has exactly one encoding, and decoding refuses every other: decode, then encode, yields the same
 * bytes. Integers beyond ±(2^53−1) are bigint. Maps have no prototype, so that no key is special.
 *
 * Written here and not taken from @ipld/dag-cbor, which the tests use as the reference: that decoder accepts
 * unsorted keys, and that encoder turns a plain map {"/": x, "bytes": x} from a stranger into a CID.
 */
export { type DecodeLimits, decode, decodeFields } from './dag-cbor-reader.ts';
export { encode } from './dag-cbor-writer.ts';
