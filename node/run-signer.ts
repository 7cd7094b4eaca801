/** The process that holds a validator's consensus key and nothing else: vote book, epochs, socket. */
import { join } from 'node:path';
import { encodeHeader } from '../shared/codec/ledger.ts';
import type { NetworkId, ValidatorId } from '../shared/types/brands.ts';
import { ConfigError } from './config/errors.ts';
import { readGenesis } from './config/genesis-file.ts';
import { passphraseOf } from './config/passphrase.ts';
import { readSignerConfig, type SignerConfigFile } from './config/signer-yaml.ts';
import { writeKeyFileAside } from './crypto/key-writer.ts';
import { type Keyring, openKeyring } from './crypto/keyring.ts';
import { installNativeSha256 } from './crypto/sha256-install.ts';
import { verifyWithSodium } from './crypto/sodium.ts';
import { exitCodeOf, headlineOf } from './exit-codes.ts';
import { guardProcess } from './guard-process.ts';
import { createLog } from './log.ts';
import type { LogPort } from './runtime/ports.ts';
import { createEpochChain, type EpochChain } from './signer/epoch-chain.ts';
import { SignerError } from './signer/errors.ts';
import { serveSigner } from './signer/server.ts';
import { createSigner } from './signer/signer.ts';
import { signerKeys } from './signer/signer-keys.ts';
import { openVoteBook, type VoteBook, voteBookFileName } from './signer/vote-book.ts';
import { lockDirectory } from './storage/directory-lock.ts';
import { StorageError } from './storage/errors.ts';
import { version } from './version.ts';

interface RunningSigner {
  readonly log: LogPort;
  /** `stopped`, or the code of what made it impossible to go on. */
  readonly ended: Promise<string>;
  stop(): void;
}

/** Runs until a signal or a fatal error; the process exits with a named reason. */
export async function runSignerProcess(file: string): Promise<never> {
  let signer: RunningSigner;
  try {
    signer = await runSigner(file);
  } catch (error) {
    process.stderr.write(`${headlineOf(error)}\n`);
    process.exit(exitCodeOf(error));
  }
  guardProcess(signer.log, signer.stop);
  process.exit(exitCodeOf({ code: await signer.ended }));
}

/** @throws ConfigError, KeyFileError, StorageError, SignerError */
async function runSigner(file: string): Promise<RunningSigner> {
  installNativeSha256();
  const config = readSignerConfig(file);
  const { validator, storageDirectory, socket } = config;
  const log = createLog({ validator, ...config.log });
  const release = lockDirectory(storageDirectory);
  try {
    const { network, genesis } = foundingOf(config);
    const keyring = await openKeyring({
      files: { consensus: config.consensusKeyFile },
      passphrase: await passphraseOf({
        file: config.passphraseFile,
        what: `the consensus key of ${validator}`,
      }),
      write: writeKeyFileAside,
    });
    const book = openVoteBook(join(storageDirectory, voteBookFileName), { network, validator });
    const epochs = await followKnown(network, validator, genesis, book);
    checkKeys(config, keyring, epochs);
    let end: (code: string) => void;
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const server = await serveSigner({
      socket,
      signer: createSigner({ network, validator, keys: signerKeys(keyring), book, epochs }),
      log,
      fatal(error) {
        if (!(error instanceof StorageError)) throw error;
        log.write('error', error.code, { ...error.facts });
        end(error.code);
      },
    });
    const { epoch } = epochs.current();
    log.write('info', 'signer-started', { version, network, socket, pid: process.pid, epoch });
    return {
      log,
      ended: ended.then(async (code) => {
        await server.close();
        book.close();
        release();
        log.write('info', 'signer-stopped', { reason: code });
        return code;
      }),
      stop: () => end('stopped'),
    };
  } catch (error) {
    release();
    throw error;
  }
}

interface SignerFounding {
  readonly network: NetworkId;
  readonly genesis: Parameters<typeof createEpochChain>[0]['genesis'];
}

function foundingOf({ genesisFile, validator }: SignerConfigFile): SignerFounding {
  const { document, genesis } = readGenesis(genesisFile);
  if (!document.validators.some(({ id }) => id === validator))
    throw new ConfigError('validator-unknown', { file: genesisFile, reason: validator });
  const { network, header, validators } = genesis;
  return { network, genesis: { header: encodeHeader(header), validators } };
}

/** The hand-overs that it followed before are verified again: its own disk is not trusted either. */
async function followKnown(
  network: NetworkId,
  validator: ValidatorId,
  genesis: SignerFounding['genesis'],
  book: VoteBook,
): Promise<EpochChain> {
  const verifySignature = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> =>
    Promise.resolve(verifyWithSodium(key, message, signature));
  const epochs = createEpochChain({ network, validator, genesis, verifySignature });
  for (const link of book.links()) await epochs.follow(link);
  return epochs;
}

/** @throws SignerError `signer-key-not-registered` */
function checkKeys({ consensusKeyFile }: SignerConfigFile, keyring: Keyring, epochs: EpochChain): void {
  const { epoch, key } = epochs.current();
  if (key !== undefined && keyring.seedOf(key) !== undefined) return;
  throw new SignerError('signer-key-not-registered', {
    file: consensusKeyFile,
    epoch,
    registered: key ?? 'none',
  });
}
