/**
 * The enemy of `npm run bench -- --scenario flood`: holds one validator's node key and consensus key, opens its
 * links, and sends as fast as they take it, or sends nothing and spins. Arguments: node.yaml, kind, seconds. Prints
 * frames and bytes sent.
 */
import { readGenesis } from '../../node/config/genesis-file.ts';
import { readNodeConfig } from '../../node/config/node-yaml.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { createNodeCertificate } from '../../node/crypto/certificate.ts';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import { createLinks, type Links } from '../../node/network/mesh.ts';
import { bookOfValidators } from '../../node/network/peer-book.ts';
import { systemRandom } from '../../node/system-ports.ts';
import { type EnemyKind, type FlooderIdentity, type FloodKind, floodKinds, floodOf } from './flood-kinds.ts';

/** More than this on the way to one peer, and it gets nothing until some has left. */
const inFlightMax = 4 * 1024 * 1024;

/** More than a node remembers of what it verified, so that each costs it as much as a new one. */
const framesMade: { readonly [kind in FloodKind]: number } = {
  junk: 2_000,
  useless: 5_000,
  transactions: 50,
  requests: 3,
  tiny: 7,
};

const [nodeFile = '', kindName = '', secondsText = ''] = process.argv.slice(2);
const kind = ([...floodKinds, 'spinning'] as const).find((name) => name === kindName);
if (kind === undefined) throw new Error(`no such flood: ${kindName}`);
installNativeSha256();
await flood(nodeFile, kind, Number(secondsText));

async function flood(file: string, flooding: EnemyKind, seconds: number): Promise<void> {
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
    book: () => bookOfValidators(document.validators),
    listen: config.links,
    certificate: await createNodeCertificate(nodeKey.seed, config.validator),
    random: systemRandom,
    log: { write: () => undefined },
    wallMs: Date.now,
  });
  await links.start({ opened: () => undefined, closed: () => undefined, received: () => undefined });
  const endMs = (): number => performance.now() + seconds * 1_000;
  const sent =
    flooding === 'spinning'
      ? await spinUntil(endMs())
      : await sendUntil(
          links,
          framesOf(flooding, {
            network: genesis.network,
            self: config.validator,
            consensusSeed: consensusKey.seed,
            wallMs: Date.now,
          }),
          endMs(),
        );
  await links.stop();
  console.log(JSON.stringify(sent));
}

/** Made beforehand: an enemy has a machine of its own, and here its work would count as theirs. */
function framesOf(kind: FloodKind, identity: FlooderIdentity): () => Uint8Array {
  const frames = Array.from({ length: framesMade[kind] }, floodOf(kind, identity));
  let turn = 0;
  return () => frames[turn++ % frames.length]!;
}

interface Sent {
  frames: number;
  bytes: number;
}

async function spinUntil(endMs: number): Promise<Sent> {
  while (performance.now() < endMs) await new Promise(setImmediate);
  return { frames: 0, bytes: 0 };
}

async function sendUntil(links: Links, next: () => Uint8Array, endMs: number): Promise<Sent> {
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
