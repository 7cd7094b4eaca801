/** IP addresses and networks as operators write them: `10.0.0.7`, `10.0.0.0/24`, `fd00::/8`. */
import { BlockList, isIP } from 'node:net';

export function isNetwork(text: string): boolean {
  try {
    networksOf([text]);
    return true;
  } catch {
    return false;
  }
}

/** @throws TypeError, RangeError if one is neither an address nor a network */
export function networksOf(texts: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of texts) add(networks, text);
  return networks;
}

function add(networks: BlockList, text: string): void {
  const [, address = '', prefix] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) throw new TypeError(`${text} is no address and no network`);
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (prefix === undefined) networks.addAddress(address, family);
  else networks.addSubnet(address, Number(prefix), family);
}
