/** Packs that must be refused, each one edit away from the worked example's. */
import { encode } from '../../shared/codec/dag-cbor.ts';
import { concatBytes, fromHex, toHex } from '../../shared/codec/hex.ts';
import {
  certificateToCbor,
  decodeOutcome,
  encodeProofPack,
  epochLinkToCbor,
} from '../../shared/codec/ledger.ts';
import type { CborValue, Outcome, ProofPack } from '../../shared/types/ledger.ts';

/** At byte `offset` of the pack, `removed` bytes give way to `inserted`. */
export interface PackEdit {
  readonly offset: number;
  readonly removed: number;
  /** Hex. */
  readonly inserted: string;
}

export interface RefusedPack extends PackEdit {
  /** Where section 7 refuses it first. */
  readonly step: string;
  readonly why: string;
}

export const edited = (pack: Uint8Array, { offset, removed, inserted }: PackEdit): Uint8Array =>
  concatBytes(pack.subarray(0, offset), fromHex(inserted), pack.subarray(offset + removed));

export const refusedPacks = (pack: ProofPack): readonly RefusedPack[] => {
  const hex = toHex(encodeProofPack(pack));
  return changesOf(pack).map(({ before, after, at = 'first', step, why }) => {
    const start = at === 'first' ? hex.indexOf(before) : hex.lastIndexOf(before);
    if (start < 0 || start % 2 === 1) throw new Error(`the example pack lacks the bytes for: ${why}`);
    const head = sharedStart(before, after);
    const tail = sharedEnd(before.slice(head), after.slice(head));
    return {
      offset: (start + head) / 2,
      removed: (before.length - head - tail) / 2,
      inserted: after.slice(head, after.length - tail),
      step,
      why,
    };
  });
};

/** Digits of the bytes with which both begin. */
const sharedStart = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && a.slice(length, length + 2) === b.slice(length, length + 2)) length += 2;
  return length;
};

/** Digits of the bytes with which both end. */
const sharedEnd = (a: string, b: string): number => sharedStart(reversed(a), reversed(b));

/** Hex of the bytes from last to first. */
const reversed = (hex: string): string => toHex(fromHex(hex).toReversed());

/** Hex that the pack holds, and what takes its place where it occurs first or last. */
interface Change {
  readonly before: string;
  readonly after: string;
  readonly at?: 'first' | 'last';
  readonly step: string;
  readonly why: string;
}

const changesOf = (pack: ProofPack): readonly Change[] => [
  ...formChanges(pack),
  ...chainChanges(pack),
  ...sealChanges(pack),
  ...transactionChanges(pack),
];

const formChanges = ({ genesis, receipt }: ProofPack): readonly Change[] => {
  const version = pair('version', 1);
  const index = pair('index', receipt.outcomeProof.index);
  const [firstKey, secondKey] = genesis.validators.map(({ consensusKey }) => consensusKey);
  return [
    { before: version, after: pair('version', 2), at: 'last', step: 'A', why: 'version 2' },
    { before: version, after: `${version}00`, at: 'last', step: 'A', why: 'a byte after the end' },
    { before: index, after: index.replace(/..$/, '18$&'), step: 'A', why: 'an index not in shortest form' },
    {
      before: pair('share', 0.5),
      after: `${cbor('share')}fb3ff0000000000000`,
      step: 'A',
      why: 'the number 1 written as a double',
    },
    { before: secondKey!, after: firstKey!, at: 'last', step: 'A', why: 'a set with one key under two ids' },
  ];
};

const chainChanges = ({ genesis, epochs, receipt }: ProofPack): readonly Change[] => {
  const [header, block] = [toHex(genesis.header), toHex(receipt.header)];
  const links = cbor(epochs.map(epochLinkToCbor));
  const newcomer = cbor(epochs[0]!.nextValidators.at(-1)!.member);
  const founder = cbor(genesis.validators[0]!.member);
  const other = cbor('member-9');
  return [
    { before: header, after: laterTime(header), step: 'B.1', why: 'another time in the genesis header' },
    { before: founder, after: other, step: 'B.3', why: 'another member in the genesis set' },
    { before: newcomer, after: other, step: 'D.3', why: 'another member in the next set of the link' },
    { before: links, after: '80', step: 'E (C.2)', why: 'no links' },
    { before: block, after: laterTime(block), step: 'E (C.1)', why: "another time in the receipt's header" },
  ];
};

const sealChanges = ({ receipt: { certificate } }: ProofPack): readonly Change[] => {
  const [first, second, ...others] = (certificateToCbor(certificate).seals as readonly CborValue[]).map(cbor);
  const list = (seals: readonly string[]): string => `${(0x80 + seals.length).toString(16)}${seals.join('')}`;
  const all = list([first!, second!, ...others]);
  const signature = toHex(certificate.seals[0]!.signature);
  return [
    { before: all, after: list([second!, ...others]), step: 'E (C.4)', why: 'one seal fewer than a quorum' },
    {
      before: second!,
      after: second!.replace(/..$/, first!.slice(-2)),
      step: 'E (C.3)',
      why: 'two seals of one validator',
    },
    {
      before: first!,
      after: first!.replace(/..$/, '31'),
      step: 'E (C.3)',
      why: 'a seal of a validator of the epoch before',
    },
    { before: signature, after: plusOrder(signature), step: 'E (C.5)', why: 'a seal with S + L for S' },
  ];
};

const transactionChanges = ({ receipt }: ProofPack): readonly Change[] => {
  const { outcomeProof, transactionProof } = receipt;
  const index = pair('index', outcomeProof.index);
  const outcome = decodeOutcome(receipt.outcome);
  const { events } = outcome as Extract<Outcome, { status: 'succeeded' }>;
  return [
    {
      before: pair('amount', 2n ** 53n),
      after: pair('amount', 2 ** 53),
      step: 'F.2',
      why: 'the double 2^53 for the integer 2^53',
    },
    { before: events, after: flipped(events), step: 'G.3', why: 'other events in the outcome' },
    {
      before: index,
      after: pair('index', outcomeProof.index - 1),
      step: 'G.1',
      why: 'another index in one proof',
    },
    {
      before: transactionProof.path[0]!,
      after: flipped(transactionProof.path[0]!),
      step: 'G.2',
      why: "another hash in the transaction's path",
    },
  ];
};

const cbor = (value: CborValue): string => toHex(encode(value));
/** A key of a map and its value. */
const pair = (key: string, value: CborValue): string => cbor(key) + cbor(value);

const flipped = (hex: string): string => toHex(fromHex(hex).with(0, fromHex(hex)[0]! ^ 1));

/** One millisecond later: `time` is the first key of a header, in 8 bytes. */
const laterTime = (header: string): string => {
  const end = header.indexOf(cbor('time')) + cbor('time').length + 18;
  const last = Number.parseInt(header.slice(end - 2, end), 16);
  return header.slice(0, end - 2) + (last ^ 1).toString(16).padStart(2, '0') + header.slice(end);
};

/** R ‖ S with S + L for S, which the equation alone would accept. */
const plusOrder = (signature: string): string => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const sum = BigInt(`0x${reversed(signature.slice(64))}`) + order;
  return signature.slice(0, 64) + reversed(sum.toString(16).padStart(64, '0'));
};
