/**
 * The enemy of `npm run bench -- --scenario flood`: holds one validator's node key and consensus key, opens its
 * links, and sends as fast as they take it. Arguments: node.yaml, kind, seconds. Prints frames and bytes sent.
 */
import { readGenesis } from '../../node/config/genesis-file.ts';
import { readNodeConfig } from '../../node/config/node-yaml.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { createNodeCertificate } from '../../node/crypto/certificate.ts';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import { createLinks, type Links } from '../../node/network/mesh.ts';
import { systemRandom } from '../../node/system-ports.ts';
import { type FloodKind, floodKinds, floodOf } from './flood-kinds.ts';

/** More than this on the way to one peer, and it gets nothing until some has left. */
const inFlightMax = 4 * 1024 * 1024;

/** More than a node remembers of what it verified, so that each costs it as much as a new one. */
const framesMade: { readonly [kind in FloodKind]: number } = {
  junk: 2_000,
  useless: 5_000,
  transactions: 50,
  requests: 3,
};

const [nodeFile = '', kindName = '', secondsText = ''] = process.argv.slice(2);
const kind = floodKinds.find((name) => name === kindName);
if (kind === undefined) throw new Error(`no such flood: ${kindName}`);
installNativeSha256();
await flood(nodeFile, kind, Number(secondsText));

async function flood(file: string, flooding: FloodKind, seconds: number): Promise<void> {
  const config = readNodeConfig(file);
  const { document, genesis } = readGenesis(config.genesisFile);
  const { passphraseFile, consensusKeyFile } = config;
  if (passphraseFile === undefined || consensusKeyFile === undefined)
    throw new Error('a flooder holds the keys itself');
  const passphrase = readPassphrase(passphraseFile);
  const nodeKey = await readKeyFile(config.nodeKeyFile, passphrase);
  const consensusKey = await readKeyFile(consensusKeyFile, passphrase);
  const links = createLinks({
    self: config.validator,
    network: genesis.network,
    software: 'flooder',
    peers: document.validators,
    listen: config.links,
    certificate: await createNodeCertificate(nodeKey.seed, config.validator),
    random: systemRandom,
    log: { write: () => undefined },
    wallMs: Date.now,
  });
  await links.start({ opened: () => undefined, closed: () => undefined, received: () => undefined });
  const next = floodOf(flooding, {
    network: genesis.network,
    self: config.validator,
    consensusSeed: consensusKey.seed,
    wallMs: Date.now,
  });
  // Made beforehand: an enemy has a machine of its own, and here its work would count as theirs.
  const frames = Array.from({ length: framesMade[flooding] }, next);
  let turn = 0;
  const again = (): Uint8Array => frames[turn++ % frames.length]!;
  const sent = await sendUntil(links, again, performance.now() + seconds * 1_000);
  await links.stop();
  console.log(JSON.stringify(sent));
}

async function sendUntil(
  links: Links,
  next: () => Uint8Array,
  endMs: number,
): Promise<{ frames: number; bytes: number }> {
  let frames = 0;
  let bytes = 0;
  while (performance.now() < endMs) {
    const open = links.peers().filter((peer) => peer.open && (peer.bufferedBytes ?? 0) < inFlightMax);
    for (const { id } of open) {
      const frame = next();
      links.send(id, frame);
      frames += 1;
      bytes += frame.length;
    }
    await (open.length === 0 ? new Promise((resolve) => setTimeout(resolve, 1)) : new Promise(setImmediate));
  }
  return { frames, bytes };
}
