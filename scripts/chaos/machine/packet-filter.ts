/**
 * Loss and reordering in the kernel, packet by packet, as classic BPF programs for `tc` (linux/filter.h): they ask
 * for nothing but cls_bpf and htb, which kernels have that come without netem.
 */

interface Instruction {
  readonly code: number;
  /** Instructions to skip if the comparison holds, and if not. */
  readonly jt?: number;
  readonly jf?: number;
  readonly k: number;
}

const loadWord = 0x20;
const loadHalf = 0x28;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const giveBack = 0x06;

/** SKF_AD_OFF + SKF_AD_RANDOM: a fresh random word for every packet. */
const randomWord = 0xff_ff_f0_38;
/** Offsets in an Ethernet frame. */
const etherTypeAt = 12;
const ipv4DestinationAt = 30;
const ipv4 = 0x08_00;

const nextFilter = 0xff_ff_ff_ff;
const shot = 2;

/** Of IPv4 packets, those to `destination` if it is given, this share is taken out. Share from 0 to 1. */
export const lossProgram = (share: number, destination?: string): string =>
  programText(withDestination(destination, share, shot, nextFilter));

/** This share of all IPv4 packets goes to an htb class, given as its 32-bit handle; the rest to none. */
export const detourProgram = (share: number, classHandle: number): string =>
  programText(withDestination(undefined, share, classHandle, 0));

function withDestination(
  destination: string | undefined,
  share: number,
  chosen: number,
  passed: number,
): readonly Instruction[] {
  const address =
    destination === undefined
      ? []
      : [
          { code: loadWord, k: ipv4DestinationAt },
          { code: jumpIfEqual, jf: 3, k: ipv4Number(destination) },
        ];
  return [
    { code: loadHalf, k: etherTypeAt },
    { code: jumpIfEqual, jf: address.length + 3, k: ipv4 },
    ...address,
    { code: loadWord, k: randomWord },
    // A share of 1 takes every packet: no word reaches 2^32, so the comparison is with one below it.
    { code: jumpIfAtLeast, jt: share >= 1 ? 0 : 1, k: share >= 1 ? 0 : Math.round(share * 2 ** 32) },
    { code: giveBack, k: chosen },
    { code: giveBack, k: passed },
  ];
}

/** As `tc … bpf bytecode` takes it: the number of instructions, then each as `code jt jf k`. */
const programText = (instructions: readonly Instruction[]): string =>
  [
    String(instructions.length),
    ...instructions.map(({ code, jt = 0, jf = 0, k }) => `${code} ${jt} ${jf} ${k}`),
  ].join(',');

const ipv4Number = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
