/** What the validators' own logs say about the storm: evidence against one another, and defects. */
import type { LocalNetwork } from '../lib/local-network.ts';

export interface LogLine {
  readonly level: string;
  readonly code: string;
  readonly [fact: string]: unknown;
}

/** A line that was torn by SIGKILL or a full disk is left out. */
export function logLinesOf(network: LocalNetwork, index: number): readonly LogLine[] {
  return network
    .logOf(index)
    .split('\n')
    .map(lineOf)
    .filter((line) => line !== undefined);
}

function lineOf(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}

export interface LogFindings {
  /** Pairs of conflicting signed messages, by whoever kept them. */
  readonly equivocations: number;
  readonly defects: readonly string[];
}

export function readLogs(network: LocalNetwork): LogFindings {
  let equivocations = 0;
  const defects: string[] = [];
  for (let index = 0; index < network.size; index += 1) {
    for (const line of logLinesOf(network, index)) {
      if (line.code === 'evidence') equivocations += 1;
      if (line.code === 'defect') defects.push(`${network.idOf(index)}: ${firstLine(line.reason)}`);
    }
  }
  return { equivocations, defects };
}

const firstLine = (reason: unknown): string => String(reason).split('\n', 1)[0] ?? '';
