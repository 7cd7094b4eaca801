/** `concordat <noun> <verb>`: all commands together. */
import { Command } from 'commander';
import { version } from '../version.ts';
import { activationCommands } from './commands/activation.ts';
import { assetCommands } from './commands/asset.ts';
import { backupCommand, restoreCommand } from './commands/backup.ts';
import { diskCommand } from './commands/disk.ts';
import { doctorCommand } from './commands/doctor.ts';
import { epochsCommands } from './commands/epochs.ts';
import { evidenceCommands } from './commands/evidence.ts';
import { identityCommands } from './commands/identity.ts';
import { importCommand } from './commands/import.ts';
import { keysCommands } from './commands/keys.ts';
import { ledgerCommands } from './commands/ledger.ts';
import { memberCommands } from './commands/member.ts';
import { networkCommands } from './commands/network.ts';
import { nodeCommands } from './commands/node.ts';
import { observerCommands } from './commands/observer.ts';
import { payloadCommands } from './commands/payload.ts';
import { packCommands, receiptCommands } from './commands/proofs.ts';
import { proposalCommands } from './commands/proposal.ts';
import { sessionCommands } from './commands/session.ts';
import { signerCommands } from './commands/signer.ts';
import { statusCommand } from './commands/status.ts';
import { streamCommands } from './commands/stream.ts';
import { supportBundleCommand } from './commands/support-bundle.ts';
import { txCommands } from './commands/tx.ts';
import { validatorCommands } from './commands/validator.ts';
import { exitCodesHelp } from './exit-codes.ts';
import { answeredBy, type CliIo } from './io.ts';

export function createProgram(io: CliIo): Command {
  const program = new Command('concordat')
    .description('A PBFT ledger for a consortium: every record certified by a quorum and provable offline.')
    .version(version)
    .helpCommand(false)
    .addHelpText('after', exitCodesHelp)
    .hook('preAction', (_program, action) => {
      const { json } = action.opts<{ readonly json?: boolean }>();
      action.setOptionValue('answeredBy', answeredBy(io, json ?? false));
    });
  const commands = [
    networkCommands(io),
    nodeCommands(io),
    keysCommands(io),
    signerCommands(io),
    sessionCommands(io),
    statusCommand(io),
    doctorCommand(io),
    supportBundleCommand(io),
    txCommands(io),
    streamCommands(io),
    payloadCommands(io),
    assetCommands(io),
    memberCommands(io),
    identityCommands(io),
    validatorCommands(io),
    observerCommands(io),
    proposalCommands(io),
    activationCommands(io),
    receiptCommands(io),
    packCommands(io),
    epochsCommands(io),
    evidenceCommands(io),
    ledgerCommands(io),
    diskCommand(io),
    backupCommand(io),
    restoreCommand(io),
    importCommand(io),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}
