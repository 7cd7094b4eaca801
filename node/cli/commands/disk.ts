/** `disk`: what a node takes on its disk, part by part, and when it will be full. */
import type { Command } from 'commander';
import type { DiskJson } from '../../../shared/api.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type CliIo, report } from '../io.ts';
import { type GatewayOptions, gatewayOption } from '../options.ts';

interface Options extends GatewayOptions {
  readonly json?: boolean;
}

export function diskCommand(io: CliIo): Command {
  const command = verb('disk', 'what a node takes on its disk, and how fast it grows', [
    'disk --gateway http://127.0.0.1:8102',
  ]);
  return gatewayOption(command).action(async (options: Options) => {
    const use = await connect(options, { rounds: 1, oneNode: true, purpose: 'operate' }).get('disk');
    report(io, options.json ?? false, use, diskLines(use));
  });
}

function diskLines(use: DiskJson): string[] {
  const { node, directory, parts, freeBytes, totalBytes, growthPerDay, daysLeft } = use;
  const sum = parts.reduce((total, { bytes }) => total + bytes, 0);
  const rows = [...parts, { part: 'sum', bytes: sum, growthPerDay }];
  return [
    `${node} keeps ${bytesText(sum)} in ${directory}; ${bytesText(freeBytes)} of ${bytesText(totalBytes)} are free.`,
    ...rows.map(({ part, bytes, growthPerDay: growth }) =>
      `  ${part.padEnd(9)}  ${bytesText(bytes).padStart(10)}  ${growth === 0 ? '' : `+${bytesText(growth)} a day`}`.trimEnd(),
    ),
    outlook(daysLeft, use.measuredOverMs),
  ];
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

const hourMs = 3_600_000;

function outlook(daysLeft: number | undefined, measuredOverMs: number): string {
  if (measuredOverMs < hourMs)
    return 'The ledger is younger than an hour: too little to tell how fast it grows.';
  if (daysLeft === undefined) return 'Nothing grows.';
  const hours = Math.round(measuredOverMs / hourMs);
  return `At the rate of the last ${hours === 1 ? 'hour' : `${hours} hours`} the disk is full in ${countOf(daysLeft, 'day')}.`;
}
