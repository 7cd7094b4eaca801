/**
 * Who sends a request: the other end of the connection, or whom it forwards, if it is a proxy whose word is taken here.
 * Limits are by this address: without it all clients of a load balancer would share one.
 */
import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';

export type ClientAddress = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string;

/** @param trusted proxies; anybody else may write what it likes into the header, and is not believed. */
export function clientAddressBy(trusted: BlockList | undefined): ClientAddress {
  const isTrusted = proxiesIn(trusted);
  return ({ headers, socket }) => {
    let address = plainAddress(socket.remoteAddress ?? '');
    // Each proxy adds at the end whom it heard. What stands before the word of a stranger is that one's own.
    for (const hop of forwardedFor(headers).reverse()) {
      if (!isTrusted(address) || isIP(hop) === 0) break;
      address = hop;
    }
    return address;
  };
}

/** Whether an address is of a proxy whose word is taken. */
export const proxiesIn =
  (trusted: BlockList | undefined) =>
  (address: string): boolean =>
    trusted?.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') ?? false;

function forwardedFor(headers: IncomingMessage['headers']): string[] {
  const header = headers['x-forwarded-for'] ?? '';
  const text = Array.isArray(header) ? header.join(',') : header;
  return text.split(',').map((hop) => plainAddress(hop.trim()));
}

/** A listener for both families shows IPv4 so. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
