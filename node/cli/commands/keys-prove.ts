/** `keys prove`: the proof that a key is held, for whoever registers it. The private key stays here. */
import { type Command, Option } from 'commander';
import { type RegisteredKeyKind, registeredKeyKinds } from '../../../shared/codec/key-possession.ts';
import { verb } from '../command.ts';
import { connect } from '../connect.ts';
import { proofOf } from '../governance/new-key.ts';
import type { CliIo } from '../io.ts';
import { gatewayOption, type SignerOptions, signerOptions } from '../options.ts';
import { networkOf } from '../signer.ts';

interface Options extends SignerOptions {
  readonly gateway?: readonly string[];
  readonly kind: RegisteredKeyKind;
  readonly owner: string;
  readonly member: string;
}

export function keysProveCommand(io: CliIo): Command {
  const command = verb('prove <file>', 'prove that you hold a key, for an admin who registers it', [
    'keys prove robot.age --kind identity --owner alpha.robot --member alpha --network NETWORK_ID > robot.json',
    'keys prove echo.node.age --kind node --owner echo --member epsilon > echo-node.json',
  ])
    .addOption(
      new Option('--kind <kind>', 'what the key is for').choices(registeredKeyKinds).makeOptionMandatory(),
    )
    .requiredOption('--owner <id>', 'id of the identity, validator or observer that is to have it')
    .requiredOption(
      '--member <id>',
      'member of that owner: no other one can register the key with this proof',
    );
  return signerOptions(gatewayOption(command)).action(async (file: string, options: Options) => {
    const network = await networkOf(connect(options), options);
    const { kind, owner, member, passphraseFile } = options;
    io.out(JSON.stringify(await proofOf(file, passphraseFile, { network, kind, owner, member })));
  });
}
