/**
 * `network recover`: the way back when a quorum is gone for good. Each step is taken by the one whose it is, on its own
 * machine, and hands a file on; docs/operations/lost-quorum.md walks through them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  decodeRecovery,
  decodeRecoveryContent,
  encodeRecovery,
  recoveryDigest,
  recoveryHeight,
  recoverySigningBytes,
} from '../../../shared/codec/recovery.ts';
import { lossInWords } from '../../../shared/protocol/recovery-words.ts';
import { lossOf, standAsideNeeded } from '../../../shared/protocol/verify-recovery.ts';
import type { IdentityId, NetworkId, Signature } from '../../../shared/types/brands.ts';
import type { RecoveryCertificate, RecoveryContent } from '../../../shared/types/recovery.ts';
import { passphraseOf } from '../../config/passphrase.ts';
import { readKeyFile } from '../../crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../../crypto/sodium.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { localError, usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { toType } from '../invocation.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { collectOption, networkId } from '../options.ts';
import { type AcceptStep, acceptRecovery } from '../recovery/accept.ts';
import { combine } from '../recovery/combine.ts';
import { decodeRecoveryFile, encodeRecoveryFile, type RecoveryFile } from '../recovery/files.ts';
import { makePlan, provenChain, requireSound } from '../recovery/make-plan.ts';
import { draftStatement, makeStatement, type SeatWishes } from '../recovery/make-statement.ts';
import { putBackDamaged } from '../recovery/put-back.ts';
import { openStoppedNode } from '../recovery/stopped-node.ts';
import { breakLines } from '../recovery/words.ts';
import { shellQuoted } from '../shell-quoted.ts';

interface Json {
  readonly json?: boolean;
}
interface Out extends Json {
  readonly out: string;
}
interface StateOptions extends SeatWishes, Json {
  readonly out?: string;
  readonly stopVoting?: boolean;
}
interface PlanOptions extends Out {
  readonly network: string;
  readonly reason: string;
  readonly validator: readonly string[];
  readonly fenced: readonly string[];
}
interface SignOptions extends Out {
  readonly network: string;
  readonly recovery: string;
  readonly identity: string;
  readonly key: string;
  readonly passphraseFile?: string;
}
interface CombineOptions extends Out {
  readonly network: string;
}
interface AcceptFlags extends Json {
  readonly recovery: string;
  readonly giveUpSealed?: boolean;
}

const ofNetwork = ['--network <id>', 'network id that you trust', networkId] as const;
const ofRecovery = [
  '--recovery <digest>',
  'digest of the recovery, as you compared it by voice with the other members',
] as const;
const toFile = ['--out <file>', 'file to hand on; it must not exist yet'] as const;

export function recoverCommands(io: CliIo): Command {
  const group = noun('recover', 'the way back when a quorum of validators is gone for good');
  return group
    .addCommand(stateCommand(io))
    .addCommand(planCommand(io))
    .addCommand(signCommand(io))
    .addCommand(combineCommand(io))
    .addCommand(acceptCommand(io))
    .addCommand(
      verb('show <file>', 'say what a statement, plan, signature or bundle holds', [
        'network recover show recovery.bundle',
      ]).action((file: string, options: Json) => show(io, file, options)),
    );
}

const stateCommand = (io: CliIo): Command =>
  verb(
    'state <node.yaml>',
    'the statement of this machine: what its validator sealed, and where it would validate. Its node must be stopped',
    [
      'network recover state data/alpha/node.yaml',
      'network recover state data/alpha/node.yaml --stop-voting --out alpha.statement',
      'network recover state data/echo/node.yaml --member alpha --address wss://10.0.0.5:7101 --gateway https://10.0.0.5:8101 --stop-voting --out echo.statement',
    ],
  )
    .option(toFile[0], toFile[1])
    .option(
      '--stop-voting',
      'make the statement: from then on this validator signs nothing more in this epoch, and nothing brings that back',
    )
    .option('--member <id>', 'member that a new machine belongs to')
    .option('--address <url>', 'wss://host:port where peers reach a new machine')
    .option('--gateway <url>', 'http(s)://host:port of its gateway')
    .action((nodeFile: string, options: StateOptions) => state(io, nodeFile, options));

const planCommand = (io: CliIo): Command =>
  verb('plan <statement...>', 'a recovery of these statements, for the members to sign', [
    'network recover plan *.statement --network 7f3a… --validator alpha --validator bravo --validator echo --validator foxtrot --reason "Two sites burnt down on 3 May" --out recovery.plan',
  ])
    .requiredOption(...ofNetwork)
    .requiredOption('--reason <text>', 'what happened, for everybody who will ever read the ledger')
    .addOption(collectOption('--validator <id>', 'validator of the new set; give one for each'))
    .addOption(
      collectOption(
        '--fenced <id>',
        'validator of the old set that signs nothing any more, as you vouch: its key and disk are destroyed',
      ),
    )
    .requiredOption(...toFile)
    .action((files: readonly string[], options: PlanOptions) => plan(io, files, options));

const signCommand = (io: CliIo): Command =>
  verb('sign <plan>', 'sign a plan as an admin of your member, on your own machine', [
    'network recover sign recovery.plan --network 7f3a… --recovery 91c2… --identity alpha.admin --key alpha-admin.age --out alpha.signature',
  ])
    .requiredOption(...ofNetwork)
    .requiredOption(...ofRecovery)
    .requiredOption('--identity <id>', 'your identity')
    .requiredOption('--key <file>', 'its key file')
    .option('--passphrase-file <file>', 'passphrase of the key file')
    .requiredOption(...toFile)
    .action((file: string, options: SignOptions) => sign(io, file, options));

const combineCommand = (io: CliIo): Command =>
  verb('combine <plan> <signature...>', 'the certificate, with all that a node needs to accept it', [
    'network recover combine recovery.plan *.signature --network 7f3a… --out recovery.bundle',
  ])
    .requiredOption(...ofNetwork)
    .requiredOption(...toFile)
    .action((file: string, signatures: readonly string[], options: CombineOptions) =>
      combineFiles(io, file, signatures, options),
    );

const acceptCommand = (io: CliIo): Command =>
  verb(
    'accept <node.yaml> <bundle>',
    'let this node, which must be stopped, follow a recovery. A node follows none by itself, and never a second one',
    ['network recover accept data/alpha/node.yaml recovery.bundle --recovery 91c2…'],
  )
    .requiredOption(...ofRecovery)
    .option(
      '--give-up-sealed',
      'although this validator sealed blocks that the recovery does not keep, and one of them may have been certified',
    )
    .action((nodeFile: string, file: string, options: AcceptFlags) => accept(io, nodeFile, file, options));

async function state(io: CliIo, nodeFile: string, options: StateOptions): Promise<void> {
  const { out, stopVoting = false, json = false, ...wishes } = options;
  if (stopVoting && out === undefined)
    throw usageError('out-missing', 'Where shall the statement go?', {}, 'Name a file: --out FILE.');
  if (out !== undefined) requireNew(out);
  const node = openStoppedNode(io, nodeFile);
  try {
    const { incarnation } = node.storage.votes.load();
    const statement = stopVoting
      ? await makeStatement(node, wishes)
      : await draftStatement(node, wishes, incarnation);
    const { seat, word, network } = statement;
    if (stopVoting && out !== undefined) write(out, { kind: 'recovery-statement', ...statement });
    const facts = {
      network,
      validator: seat.id,
      member: seat.member,
      ...(word && {
        epoch: word.epoch,
        certified: word.statement.height - word.blocks.length,
        sealed: word.statement.height,
        block: word.statement.block,
      }),
      address: seat.address,
      consensusKey: seat.consensusKey,
      ...(stopVoting && { incarnation: seat.incarnation, file: out }),
    };
    report(io, json, { ...facts, made: stopVoting }, [
      word === undefined
        ? `${seat.id} says nothing of what was sealed: it is no validator of this epoch, or its vote store is not the registered one. Its statement says where it would validate.`
        : `${seat.id} sealed up to height ${word.statement.height}; ${countOf(word.blocks.length, 'block')} of it not certified here.`,
      ...factLines(facts),
      stopVoting
        ? 'This validator signs nothing more in this epoch. Hand the file to whoever plans; there is no way back but the recovery.'
        : 'Nothing was changed. Make the statement with --stop-voting --out FILE, once you are sure that the quorum does not return.',
    ]);
  } finally {
    node.close();
  }
}

async function plan(io: CliIo, files: readonly string[], options: PlanOptions): Promise<void> {
  const { network, reason, validator, fenced, out, json = false } = options;
  requireNew(out);
  const statements = files.map((file) => ofKind(read(file), 'recovery-statement', file));
  const made = await makePlan(statements, {
    network: network as NetworkId,
    reason,
    validators: validator,
    fenced,
  });
  write(out, { kind: 'recovery-plan', ...made });
  const content = decodeRecoveryContent(made.content);
  const { trusted } = await provenChain(made.chain, network as NetworkId);
  const n = trusted.validators.length;
  const loss = lossOf(content.survivors.length, n);
  const facts = { ...factsOf(content, made.content), file: out };
  report(io, json, { ...facts, loss, n, needed: standAsideNeeded(n) }, [
    `Planned: the network goes on behind height ${facts.height}, in epoch ${content.epoch}.`,
    ...factLines(facts),
    ...(loss === 'none' ? [] : [`WARNING: ${lossInWords[loss]}.`]),
    'Every member compares the digest by voice before its admin signs: network recover sign.',
  ]);
}

async function sign(io: CliIo, file: string, options: SignOptions): Promise<void> {
  const { network, recovery, identity, key, passphraseFile, out, json = false } = options;
  requireNew(out);
  const made = ofKind(read(file), 'recovery-plan', file);
  const content = decodeRecoveryContent(made.content);
  const digest = recoveryDigest(made.content);
  if (digest !== recovery) throw notCompared(recovery, digest);
  const chain = await provenChain(made.chain, network as NetworkId);
  await requireSound({ content, contentBytes: made.content, records: made.records, signatures: [] }, chain);
  const { seed } = await readKeyFile(key, await passphraseOf({ file: passphraseFile, what: key }));
  const message = recoverySigningBytes(network as NetworkId, made.content);
  const signature = signWithSodium(keyPairOf(seed).secretKey, message) as Signature;
  write(out, {
    kind: 'recovery-signature',
    network: network as NetworkId,
    recovery: digest,
    signature: { identity: identity as IdentityId, signature },
  });
  const facts = { ...factsOf(content, made.content), identity, file: out };
  report(io, json, facts, ['Signed.', ...factLines(facts)]);
}

async function combineFiles(
  io: CliIo,
  file: string,
  files: readonly string[],
  { network, out, json = false }: CombineOptions,
): Promise<void> {
  requireNew(out);
  const made = ofKind(read(file), 'recovery-plan', file);
  const signatures = files.map((name) => ofKind(read(name), 'recovery-signature', name));
  const { certificate, happened } = await combine(made, signatures, network as NetworkId);
  const { chain, blocks } = made;
  write(out, { kind: 'recovery-bundle', recovery: encodeRecovery(certificate), chain, blocks });
  report(io, json, { ...happened, file: out }, [
    'The certificate holds. Every operator decides for its own node: network recover accept.',
    ...breakLines(happened),
    ...factLines({ file: out }),
  ]);
}

async function accept(io: CliIo, nodeFile: string, file: string, options: AcceptFlags): Promise<void> {
  const { recovery, giveUpSealed = false, json = false } = options;
  const bundle = ofKind(read(file), 'recovery-bundle', file);
  if (await putBackDamaged(nodeFile, bundle, recovery))
    io.err('put back: the certificate that was accepted here before, which was damaged');
  const node = openStoppedNode(io, nodeFile);
  try {
    const done = (step: AcceptStep): void => io.err(`${stepInWords[step]}`);
    const accepted = await acceptRecovery(node, bundle, {
      recovery,
      giveUpSealed,
      nowMs: io.nowMs(),
      done,
    });
    report(io, json, { ...accepted, validator: node.config.validator }, [
      `Accepted by ${node.config.validator}: ${countOf(accepted.added, 'block')} added.`,
      ...breakLines(accepted.break),
      accepted.votes
        ? `It votes from height ${accepted.break.height + 1} on. Start it with: ${toType(`node start ${shellQuoted(nodeFile)}`)}`
        : 'It is not in the new set, and follows as an observer.',
    ]);
  } finally {
    node.close();
  }
}

const stepInWords: { readonly [step in AcceptStep]: string } = {
  verified: 'verified: the certificate, and every block that it keeps',
  accepted: 'accepted: durable, and never another one for this epoch',
  'block-kept': 'kept a block',
  'votes-renounced': 'votes of the epoch that ended are gone',
};

function show(io: CliIo, name: string, { json = false }: Json): void {
  const file = read(name);
  const facts = shownFacts(file);
  report(io, json, facts, [`${name} is a ${file.kind.replace('-', ' ')}.`, ...factLines(facts)]);
}

function shownFacts(file: RecoveryFile): Readonly<Record<string, unknown>> {
  switch (file.kind) {
    case 'recovery-statement': {
      const { network, seat, word } = file;
      return {
        kind: file.kind,
        network,
        validator: seat.id,
        member: seat.member,
        address: seat.address,
        gateway: seat.gateway,
        consensusKey: seat.consensusKey,
        nodeKey: seat.nodeKey,
        incarnation: seat.incarnation,
        ...(word && { epoch: word.epoch, sealed: word.statement.height, block: word.statement.block }),
      };
    }
    case 'recovery-plan':
      return { kind: file.kind, ...factsOf(decodeRecoveryContent(file.content), file.content) };
    case 'recovery-signature':
      return {
        kind: file.kind,
        network: file.network,
        recovery: file.recovery,
        identity: file.signature.identity,
      };
    case 'recovery-bundle': {
      const certificate: RecoveryCertificate = decodeRecovery(file.recovery);
      const signers = certificate.signatures.map(({ identity }) => identity);
      return { kind: file.kind, ...factsOf(certificate.content, certificate.contentBytes), signers };
    }
  }
}

const factsOf = (content: RecoveryContent, bytes: Uint8Array) => ({
  recovery: recoveryDigest(bytes),
  network: content.network,
  epoch: content.epoch,
  base: recoveryHeight(content) - content.headers.length,
  height: recoveryHeight(content),
  reason: content.reason,
  validators: content.validators.map(({ id, member }) => `${id} of ${member}`),
  survivors: content.survivors.map(({ validator, height }) => `${validator} at ${height}`),
  fenced: content.fenced,
});

const notCompared = (named: string, file: string): Error =>
  localError(
    'recovery-not-compared',
    'The file is another recovery than the one that was named.',
    { named, file },
    'Compare the digest with the other members by voice, and name it: --recovery DIGEST.',
  );

const read = (file: string): RecoveryFile => decodeRecoveryFile(new Uint8Array(readFileSync(file)));

function ofKind<Kind extends RecoveryFile['kind']>(
  file: RecoveryFile,
  kind: Kind,
  name: string,
): Extract<RecoveryFile, { kind: Kind }> {
  if (file.kind === kind) return file as Extract<RecoveryFile, { kind: Kind }>;
  throw usageError(
    'other-file',
    `${name} is a ${file.kind.replace('-', ' ')}.`,
    { file: name, expected: kind, found: file.kind },
    'Name the file of the step before: network recover --help.',
  );
}

function requireNew(file: string): void {
  if (!existsSync(file)) return;
  throw localError('file-exists', `${file} is there already.`, { file }, 'Name another file.');
}

const write = (file: string, content: RecoveryFile): void =>
  writeFileSync(file, encodeRecoveryFile(content), { flag: 'wx', flush: true });
