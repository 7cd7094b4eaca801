/** `network prepare` and `network assemble`: how organisations found a network without handing out a private key. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { identityIdPattern, memberIdPattern, validatorIdPattern } from '../../../shared/codec/ids.ts';
import type { Role } from '../../../shared/types/ledger.ts';
import { assembleNetwork } from '../../config/assemble-network.ts';
import { parseHostPort } from '../../config/host-port.ts';
import { passphraseOf, passphraseVariable } from '../../config/passphrase.ts';
import { type MemberPlan, memberPartText, prepareMember } from '../../config/prepare-member.ts';
import { writeWhole } from '../../config/write-whole.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { createStores } from '../../storage/storage.ts';
import { fileExists } from '../cli-error.ts';
import { verb } from '../command.ts';
import { type CliIo, report } from '../io.ts';
import { defaultDataDirectory } from '../options.ts';

interface PrepareOptions {
  readonly name: string;
  readonly validator: string;
  readonly links: string;
  readonly gateway: string;
  readonly admin: readonly string[];
  readonly submitter?: readonly string[];
  readonly auditor?: readonly string[];
  readonly data: string;
  readonly passphraseFile?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const idOption =
  (pattern: RegExp) =>
  (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`It looks like ${pattern.source}.`);
    return text;
  };

function linksOption(text: string): string {
  if (parseHostPort(text) === undefined)
    throw new InvalidArgumentError('It is host:port, such as 10.0.0.5:7101.');
  return text;
}

function gatewayOption(text: string): string {
  if (!/^https?:\/\//.test(text) || parseHostPort(text.replace(/^https?:\/\//, '')) === undefined)
    throw new InvalidArgumentError('It is https://host:port; http:// on loopback.');
  return text;
}

const manyOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text: string, before: readonly string[] = []) => [
    ...before,
    idOption(identityIdPattern)(text),
  ]);

export function networkPrepareCommand(io: CliIo): Command {
  const command = verb(
    'prepare',
    "make a future member's keys and vote store here, and print its part of network.yaml",
    [
      'network prepare alpha --name "Alpha Port Authority" --validator alpha --links 10.0.0.1:7101 --gateway https://alpha.example:8101 --admin alpha.admin --data /var/lib/concordat --out alpha.yaml',
    ],
  )
    .argument('<member>', 'id of the organisation', idOption(memberIdPattern))
    .requiredOption('--name <text>', 'of the organisation, for people')
    .requiredOption('--validator <id>', 'its validator', idOption(validatorIdPattern))
    .requiredOption('--links <host:port>', 'where the other validators reach it', linksOption)
    .requiredOption('--gateway <url>', 'where clients reach it', gatewayOption)
    .addOption(
      manyOption(
        '--admin <id>',
        'identity that votes and rotates keys; several times for several',
      ).makeOptionMandatory(),
    )
    .addOption(manyOption('--submitter <id>', 'identity that appends records; several times for several'))
    .addOption(manyOption('--auditor <id>', 'identity that reads everything; several times for several'))
    .option('--data <dir>', 'data directory for keys and ledger', defaultDataDirectory)
    .option(
      '--passphrase-file <file>',
      `file with the passphrase of all these keys (default: ${passphraseVariable}, else it is asked for)`,
    )
    .option('--out <file>', 'write the part there instead of printing it')
    .option('--force', 'overwrite that file');
  return command.action((member: string, options: PrepareOptions) => prepare(io, member, options));
}

async function prepare(io: CliIo, member: string, options: PrepareOptions): Promise<void> {
  const { data, passphraseFile, out, force = false, json = false } = options;
  refuseToOverwrite(out, force);
  const passphrase = await passphraseOf({
    file: passphraseFile,
    what: `the new keys in ${data}`,
    twice: true,
  });
  const part = await prepareMember(planOf(member, options), data, {
    passphrase,
    prepareStorage: (directory) => createStores(directory),
  });
  const text = memberPartText(part);
  if (out !== undefined) writeWhole(out, text);
  report(io, json, { ...part, ...(out !== undefined && { file: out }) }, [
    ...(out === undefined
      ? [text.trimEnd()]
      : [`Keys and vote store are in ${data}. Send ${out} to the others: it holds public halves only.`]),
  ]);
}

/** One person may have several roles. */
function planOf(member: string, options: PrepareOptions): MemberPlan {
  const { name, validator, links, gateway, admin, submitter = [], auditor = [] } = options;
  const roles = new Map<string, Role[]>();
  const give = (ids: readonly string[], ...given: readonly Role[]): void => {
    for (const id of ids) roles.set(id, [...(roles.get(id) ?? []), ...given]);
  };
  give(admin, 'admin', 'operator');
  give(submitter, 'submitter');
  give(auditor, 'auditor');
  return {
    member,
    name,
    validators: [{ id: validator, links, gateway }],
    identities: [...roles].map(([id, own]) => ({ id, roles: [...new Set(own)] })),
  };
}

interface AssembleOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function networkAssembleCommand(io: CliIo): Command {
  return verb(
    'assemble <common> <parts...>',
    'put the parts of all members together: the network.yaml that everybody founds with',
    ['network assemble common.yaml alpha.yaml beta.yaml gamma.yaml delta.yaml --out network.yaml'],
  )
    .option('--out <file>', 'write it there instead of printing it')
    .option('--force', 'overwrite that file')
    .action(
      (common: string, parts: readonly string[], { out, force = false, json = false }: AssembleOptions) => {
        refuseToOverwrite(out, force);
        const { text, description } = assembleNetwork(common, parts, io.nowMs());
        if (out !== undefined) writeWhole(out, text);
        const { members, validators, identities } = description;
        const counts = {
          members: members.length,
          validators: validators.length,
          identities: identities.length,
        };
        report(io, json, { ...counts, ...(out === undefined ? { text } : { file: out }) }, [
          ...(out === undefined
            ? [text.trimEnd()]
            : [
                `${out}: ${countOf(counts.members, 'member')}, ${countOf(counts.validators, 'validator')}, ${countOf(counts.identities, 'identity', 'identities')}.`,
                'Send it to all members. Each runs: concordat network init network.yaml --consortium',
              ]),
        ]);
      },
    );
}

function refuseToOverwrite(file: string | undefined, force: boolean): void {
  if (file !== undefined && !force && existsSync(file)) throw fileExists(file);
}
