/** `status`: where a node stands, in one sentence and its figures. */
import type { Command } from 'commander';
import type { StatusJson } from '../../../shared/api.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { type GatewayOptions, gatewayOption } from '../options.ts';
import { verdictOf } from '../waiting.ts';

interface Options extends GatewayOptions {
  readonly json?: boolean;
}

export function statusCommand(io: CliIo): Command {
  const command = verb('status', 'where a node stands', ['status --gateway http://127.0.0.1:8102']);
  return gatewayOption(command).action(async (options: Options) => {
    const status = await connect(options, { rounds: 1 }).get('status');
    report(io, options.json ?? false, status, statusLines(status));
  });
}

function statusLines(status: StatusJson): string[] {
  const { quorum, pool, rate } = status;
  return [
    verdictOf(status),
    ...factLines({
      node: status.standing === undefined ? status.node : `${status.node} (${status.standing})`,
      network: status.network,
      height: status.height,
      block: status.block,
      stateRoot: status.stateRoot,
      certifiedHeight: status.certifiedHeight,
      epoch: status.epoch,
      ...protocolFact(status),
      view: `${status.view}${status.changingTo === undefined ? '' : ` (changing to ${status.changingTo})`}`,
      primary: status.primary,
      validators: `${quorum.reachable} of ${quorum.n} reachable${quorum.voting === undefined ? '' : `, ${quorum.voting} vote`}, ${quorum.q} needed`,
      pool: countOf(pool.transactions, 'transaction'),
      rate: `${rate.transactionsPerSecond} transactions/s over the last minute`,
      version: status.version,
    }),
  ];
}

/** Of a node that says it: older software does not. */
const protocolFact = ({ protocol }: StatusJson): { readonly protocol?: string } =>
  protocol === undefined
    ? {}
    : { protocol: `${protocol.inForce} in force, this node knows up to ${protocol.newest}` };
