/** `doctor`: does the network commit, and if not why. Asks every gateway that it can find. */
import { type Command, Option } from 'commander';
import type { DiagnosisJson } from '../../../shared/api.ts';
import { diagnoseNetwork, type Gathered, type NetworkDiagnosis } from '../../runtime/diagnosis/across.ts';
import { verb } from '../command.ts';
import { gather } from '../doctor/gather.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CliIo, report } from '../io.ts';
import { type GatewayOptions, gatewayOption } from '../options.ts';
import { VerdictFailed } from '../verdict.ts';

interface Options extends GatewayOptions {
  readonly alone?: boolean;
  readonly json?: boolean;
}

export function doctorCommand(io: CliIo): Command {
  const command = verb('doctor', 'does the network commit, and if not why: what to do and who has to act', [
    'doctor',
    'doctor --gateway https://ledger.example.org --alone',
  ]);
  return gatewayOption(command)
    .addOption(new Option('--alone', 'ask only the gateways given, not the others that they name'))
    .addHelpText(
      'after',
      '\nThe data directory also has the last words of nodes on this machine that stopped.\nEnds with 0 if nobody has to do anything, 1 if somebody has, 3 if no gateway answered.',
    )
    .action(async (options: Options) => {
      const gathered = await gather({
        options,
        alone: options.alone ?? false,
        nowMs: io.nowMs(),
      });
      const verdict = diagnoseNetwork(gathered);
      const nodes = gathered.answers.map(({ gateway, diagnosis, tip }) => ({ gateway, diagnosis, tip }));
      report(
        io,
        options.json ?? false,
        { ...verdict, nodes, silent: gathered.silent },
        linesOf(verdict, gathered),
      );
      if (gathered.answers.length === 0) throw new VerdictFailed(exitCodes.unreachable);
      if (!verdict.healthy) throw new VerdictFailed();
    });
}

function linesOf(verdict: NetworkDiagnosis, { answers, silent }: Gathered): string[] {
  return [
    verdict.sentence,
    ...(verdict.next === undefined ? [] : [`Next: ${verdict.next}`]),
    ...verdict.causes.flatMap(({ severity, code, sentence, next, reportedBy }) => [
      '',
      `${severity} ${code} (${reportedBy.join(', ')})`,
      `  ${sentence}`,
      `  ${next}`,
    ]),
    '',
    ...answers.map(({ gateway, diagnosis, tip }) => {
      const { node, height, view, quorum, votes } = diagnosis;
      const manner = votes === false ? ', does not vote' : '';
      const root = tip === undefined ? '' : `, state ${tip.stateRoot.slice(0, 8)} at ${tip.height}`;
      return `${node}  ${gateway}  height ${height}, view ${view}, reaches ${quorum.reachable} of ${quorum.n}${manner}${root}`;
    }),
    ...silent.map(
      ({ validator, gateway, reason }) => `${validator ?? '?'}  ${gateway}  no answer: ${reason}`,
    ),
    ...ballotLines(answers.map(({ diagnosis }) => diagnosis)),
  ];
}

/** Who holds what for the next height, as the node sees it that got furthest. */
function ballotLines(diagnoses: readonly DiagnosisJson[]): string[] {
  const [best] = [...diagnoses].sort((a, b) => b.height - a.height);
  if (best === undefined || (best.current.phase === 'none' && best.current.awaited === undefined)) return [];
  const { sequence, phase, ballots, awaited } = best.current;
  const cell = (held: string): string => held.padEnd(12);
  return [
    '',
    `Height ${sequence} (${phase}) as ${best.node} sees it${awaited === undefined ? '' : `; awaited: ${awaited.message} of ${awaited.from.join(', ')}`}`,
    `  ${'validator'.padEnd(14)}${cell('pre-prepare')}${cell('prepare')}${cell('commit')}seal`,
    ...ballots.map(
      ({ validator, prePrepare, prepare, commit, seal }) =>
        `  ${validator.padEnd(14)}${cell(prePrepare)}${cell(prepare)}${cell(commit)}${seal}`,
    ),
  ];
}
