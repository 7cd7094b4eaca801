/**
 * Which addresses are counted as one caller: whoever has an IPv6 address has, as a rule, a whole /64 of them (RFC 6177),
 * and could open as many connections from each.
 */
import { isIPv6 } from 'node:net';
import { plainAddress } from './client-address.ts';

/** An IPv4 address itself, also a mapped one; of an IPv6 address its /64, such as `2001:db8:0:1::/64`. */
export function addressGroup(address: string): string {
  const [bare = ''] = plainAddress(address).split('%');
  if (!isIPv6(bare)) return bare;
  const mapped = mappedIpv4(bare);
  if (mapped !== undefined) return mapped;
  return `${groupsOf(bare)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** Written as hexadecimal, such as `::ffff:102:304`. */
function mappedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** All eight, of 16 bits each. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const [before, after] = [numbersOf(head), tail === undefined ? [] : numbersOf(tail)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** The end may be an IPv4 address, such as in `64:ff9b::1.2.3.4`. */
const numbersOf = (text: string): readonly number[] =>
  text
    .split(':')
    .filter((part) => part !== '')
    .flatMap((part) => (part.includes('.') ? pairsOf(part) : [Number.parseInt(part, 16)]));

function pairsOf(ipv4: string): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}
