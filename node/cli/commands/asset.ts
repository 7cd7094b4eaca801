/** `asset define|issue|transfer|burn|list|balances`. Amounts are whole numbers of the smallest unit. */
import type { Command } from 'commander';
import type { AssetRowJson, AssetsJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import {
  burnAsset,
  defineAsset,
  issueAsset,
  transferAsset,
} from '../../../shared/client/transaction-builder.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type CliIo, oneLine, report } from '../io.ts';
import { amount, type GatewayOptions, gatewayOption, wholeNumber } from '../options.ts';
import { submitCommand, type WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';

interface DefineOptions extends WriteOptions {
  readonly decimals: number;
  readonly name?: string;
}
interface MoveOptions extends WriteOptions {
  readonly to: string;
  readonly amount: bigint;
  readonly memo?: string;
}
interface ListOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly prefix?: string;
}
interface BalanceOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly asOf?: number;
}

export function assetCommands(io: CliIo): Command {
  const amountOption = ['--amount <n>', 'whole number of the smallest unit, up to 2^64−1', amount] as const;
  const memoOption = [
    '--memo <text>',
    'what people shall read beside it, up to 200 bytes; needs protocol 2',
  ] as const;
  const to = ['--to <identity>', 'identity id that receives'] as const;
  const define = verb('define <asset>', 'define an asset', [
    'asset define gold --decimals 2 --name "Gold, grams"',
  ])
    .option('--decimals <n>', 'digits that people read behind the point', wholeNumber, 0)
    .option('--name <text>', 'name for people');
  const issue = verb('issue <asset>', 'create an amount', [
    'asset issue gold --to alpha.submitter --amount 5000',
  ])
    .requiredOption(...to)
    .requiredOption(...amountOption)
    .option(...memoOption);
  const transfer = verb('transfer <asset>', 'move an amount', [
    'asset transfer gold --to beta.submitter --amount 5 --memo "Invoice 2026-117"',
  ])
    .requiredOption(...to)
    .requiredOption(...amountOption)
    .option(...memoOption);
  const burn = verb('burn <asset>', 'destroy an amount', ['asset burn gold --amount 5'])
    .requiredOption(...amountOption)
    .option(...memoOption);
  const list = verb('list', 'all assets by id, with their supply now', [
    'asset list',
    'asset list --prefix gold --json',
  ]).option('--prefix <text>', 'those whose id begins so');
  const balances = verb('balances <asset>', 'who holds how much', ['asset balances gold --as-of 120']).option(
    '--as-of <height>',
    'as of this block',
    wholeNumber,
  );
  return noun('asset', 'amounts that identities hold')
    .addCommand(
      writeOptions(define).action((asset: string, options: DefineOptions) =>
        submitCommand(io, options, defineAsset(asset, options.decimals, options.name), `Defined ${asset}.`),
      ),
    )
    .addCommand(
      writeOptions(issue).action((asset: string, options: MoveOptions) =>
        submitCommand(
          io,
          options,
          issueAsset(asset, options.to, options.amount, options.memo),
          `Issued to ${options.to}.`,
        ),
      ),
    )
    .addCommand(
      writeOptions(transfer).action((asset: string, options: MoveOptions) =>
        submitCommand(
          io,
          options,
          transferAsset(asset, options.to, options.amount, options.memo),
          `Transferred to ${options.to}.`,
        ),
      ),
    )
    .addCommand(
      writeOptions(burn).action((asset: string, options: MoveOptions) =>
        submitCommand(io, options, burnAsset(asset, options.amount, options.memo), 'Burned.'),
      ),
    )
    .addCommand(gatewayOption(list).action((options: ListOptions) => listAssets(io, options)))
    .addCommand(
      gatewayOption(balances).action((asset: string, options: BalanceOptions) =>
        showBalances(io, asset, options),
      ),
    );
}

async function listAssets(io: CliIo, options: ListOptions): Promise<void> {
  const found = await assetsOf(connect(options), options.prefix);
  const { height, rows } = found;
  const ids = Math.max(0, ...rows.map(({ asset }) => asset.length));
  const supplies = Math.max(0, ...rows.map(({ supply }) => supply.length));
  report(io, options.json ?? false, found, [
    rows.length === 0 ? `No asset as of block ${height}.` : `Supply as of block ${height}`,
    ...rows.map(
      ({ asset, supply, decimals, definer, name }) =>
        `  ${asset.padEnd(ids)}  ${supply.padStart(supplies)}  decimals ${decimals}  defined by ${definer}` +
        (name === undefined ? '' : `  ${oneLine(name)}`),
    ),
  ]);
}

const pageRows = 500;

/** Page after page; `height` is that of the last one. */
async function assetsOf(
  client: Client,
  prefix: string | undefined,
): Promise<{ readonly height: number; readonly rows: readonly AssetRowJson[] }> {
  const rows: AssetRowJson[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: AssetsJson = await client.get('assets', {
      limit: pageRows,
      ...(prefix === undefined ? {} : { prefix }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    rows.push(...page.rows);
    cursor = page.next;
    if (cursor === undefined) return { height: page.height, rows };
  }
}

async function showBalances(io: CliIo, asset: string, options: BalanceOptions): Promise<void> {
  const { asOf, json = false } = options;
  const answer = await connect(options).get('balances', {
    id: asset,
    ...(asOf === undefined ? {} : { asOf }),
  });
  const width = Math.max(...answer.balances.map(({ identity }) => identity.length), 5);
  report(io, json, answer, [
    `${asset} as of block ${answer.height}`,
    ...answer.balances.map((row) => `  ${row.identity.padEnd(width)}  ${row.amount}`),
    `  ${'total'.padEnd(width)}  ${answer.total}`,
  ]);
}
