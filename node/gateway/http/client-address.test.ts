import { BlockList } from 'node:net';
import { expect, test } from 'vitest';
import { clientAddressBy } from './client-address.ts';

const trusted = new BlockList();
trusted.addAddress('10.0.0.9');
trusted.addSubnet('fd00::', 8, 'ipv6');

const addressOf = (remoteAddress: string | undefined, forwarded?: string, proxies?: BlockList): string =>
  clientAddressBy(proxies)({
    headers: { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
    socket: { remoteAddress } as never,
  });

test.each([
  ['nobody is trusted unless it is named', '10.0.0.9', '1.2.3.4', undefined, '10.0.0.9'],
  ['a stranger says what it likes', '10.0.0.8', '1.2.3.4', trusted, '10.0.0.8'],
  ['whom a proxy names', '10.0.0.9', '1.2.3.4', trusted, '1.2.3.4'],
  ['the last one, which the proxy itself saw', '10.0.0.9', '6.6.6.6, 1.2.3.4', trusted, '1.2.3.4'],
  ['through two proxies', 'fd00::1', '6.6.6.6, 1.2.3.4, 10.0.0.9', trusted, '1.2.3.4'],
  ['IPv4 on a listener for both', '::ffff:10.0.0.9', '::ffff:1.2.3.4', trusted, '1.2.3.4'],
  ['a proxy that names nobody', '10.0.0.9', undefined, trusted, '10.0.0.9'],
  ['what is no address', '10.0.0.9', 'unknown', trusted, '10.0.0.9'],
  ['a connection that is gone', undefined, '1.2.3.4', trusted, ''],
])('%s', (_, remote, forwarded, proxies, address) => {
  expect(addressOf(remote, forwarded, proxies)).toBe(address);
});
