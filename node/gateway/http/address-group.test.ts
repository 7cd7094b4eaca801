import { expect, test } from 'vitest';
import { addressGroup } from './address-group.ts';

test.each([
  ['IPv4 as it is', '192.0.2.7', '192.0.2.7'],
  ['IPv4 on a listener for both', '::ffff:192.0.2.7', '192.0.2.7'],
  ['the same in hexadecimal', '::ffff:c000:207', '192.0.2.7'],
  ['IPv6 by its /64', '2001:db8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1::/64'],
  ['another address of that', '2001:0DB8::1:0:0:0:1', '2001:db8:0:1::/64'],
  ['another /64', '2001:db8:0:2::1', '2001:db8:0:2::/64'],
  ['a short one', '::1', '0:0:0:0::/64'],
  ['all of it written out', '0:0:0:0:0:0:0:1', '0:0:0:0::/64'],
  ['with IPv4 at its end', '64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['a link-local one with its interface', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['what is no address', 'unknown', 'unknown'],
  ['a connection that is gone', '', ''],
])('%s', (_, address, group) => {
  expect(addressGroup(address)).toBe(group);
});
