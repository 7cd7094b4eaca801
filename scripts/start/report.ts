/** What `npm start` says, for people or, with --json, for programs. */
import { join, relative } from 'node:path';
import { checkout } from '../../node/cli/invocation.ts';
import { shellQuoted } from '../../node/cli/shell-quoted.ts';
import { countOf } from '../../node/runtime/diagnosis/words.ts';
import type { ResetPlan } from './reset.ts';

export interface StartedValidator {
  readonly id: string;
  readonly pid: number;
  readonly gateway: string;
  readonly logFile: string;
  /** Opens the console there signed in, once, within five minutes; absent if its admin's key is not here. */
  readonly signInLink?: string;
}

export interface Report {
  resetting(dataDirectory: string, plan: ResetPlan): void;
  founding(file: string, dataDirectory: string): void;
  starting(network: string, founded: boolean): void;
  warning(validator: string, line: string): void;
  notReady(validator: string, reason: string): void;
  ready(network: string, validators: readonly StartedValidator[], seconds: number): void;
  /** @param nodeFile of the validator, to start it again */
  ended(validator: string, reason: string, lastLine: string, nodeFile: string): void;
  stopping(): void;
  stopped(seconds: number): void;
}

/** @param dataDirectory absolute */
export const createReport = (json: boolean, dataDirectory: string): Report =>
  json ? jsonReport() : textReport(dataDirectory);

function jsonReport(): Report {
  const say = (event: string, facts: object) => console.log(JSON.stringify({ event, ...facts }));
  return {
    resetting: (dataDirectory, plan) => say('resetting', { dataDirectory, ...plan }),
    founding: (file, dataDirectory) => say('founding', { file, dataDirectory }),
    starting: (network, founded) => say('starting', { network, founded }),
    warning: (validator, line) => say('warning', { validator, line }),
    notReady: (validator, reason) => say('not-ready', { validator, reason }),
    ready: (network, validators, seconds) => say('ready', { network, validators, seconds }),
    ended: (validator, reason, lastLine, nodeFile) => say('ended', { validator, reason, lastLine, nodeFile }),
    stopping: () => say('stopping', {}),
    stopped: (seconds) => say('stopped', { seconds }),
  };
}

function textReport(data: string): Report {
  return {
    resetting: (dataDirectory, { deletes, leaves }) => {
      console.log(`Deleting from ${dataDirectory}: ${deletes.join(', ')}`);
      if (leaves.length > 0) console.log(`Left alone, as npm start did not make it: ${leaves.join(', ')}`);
    },
    founding: (file, dataDirectory) => console.log(`Founding the network of ${file} in ${dataDirectory} …`),
    starting: (network, founded) =>
      console.log(`${founded ? 'Founded' : 'Resuming'} network ${network}\nStarting the validators …`),
    warning: (validator, line) => console.log(`${validator.padEnd(8)} ${warningText(line)}`),
    notReady: (validator, reason) => console.log(`${validator.padEnd(8)} is not ready yet: ${reason}`),
    ready: (network, validators, seconds) => console.log(readyText(data, network, validators, seconds)),
    ended: (validator, reason, lastLine, nodeFile) =>
      console.log(
        `${validator.padEnd(8)} ended (${reason}); the others go on. Its last log line:\n  ${lastLine}\n` +
          `  In another terminal, this starts it again: ${inCheckout} && npx concordat node start ${shellQuoted(nodeFile)}`,
      ),
    stopping: () => console.log('\nStopping …'),
    stopped: (seconds) => console.log(`Stopped in ${seconds.toFixed(1)} s. npm start resumes.`),
  };
}

/** A log line as `warn code name=value …`; anything else as it is. */
function warningText(line: string): string {
  try {
    const {
      level,
      code,
      time: _time,
      validator: _validator,
      ...facts
    } = JSON.parse(line) as {
      readonly [name: string]: unknown;
    };
    const shown = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return [level, code, ...shown].join(' ');
  } catch {
    // Not a log line: what Node or a library wrote.
    return line;
  }
}

/** Wherever a terminal opens: outside the checkout npx would ask the public registry for a package of this name. */
const inCheckout = `cd ${shellQuoted(checkout)}`;

/** What commands are told that are typed in the checkout. */
function dataOption(data: string): string {
  if (data === join(checkout, 'data')) return '';
  const below = relative(checkout, data);
  return ` --data ${shellQuoted(below.startsWith('..') ? data : below)}`;
}

function readyText(
  data: string,
  network: string,
  validators: readonly StartedValidator[],
  seconds: number,
): string {
  const rows = validators.map(
    ({ id, pid, gateway, logFile }) =>
      `  ${id.padEnd(8)} pid ${String(pid).padEnd(8)} ${gateway}   log ${logFile}`,
  );
  const [first, second = first] = validators;
  const there = dataOption(data);
  const overSecond = `${there} --gateway ${second?.gateway}`;
  return `
Ready in ${seconds.toFixed(1)} s. ${countOf(validators.length, 'validator')} of network ${network}

${rows.join('\n')}

Three things to try:
  1. Open the console, signed in: ${first?.signInLink ?? first?.gateway}
     The link is good once, for five minutes; \`npx concordat session link${there}\` prints another.
  2. In another terminal, append a record and read it from another member's node:
       ${inCheckout}
       npx concordat stream append shipments/7 --type departed --event-data '{"vessel": "Aurora"}'${there}
       npx concordat stream read shipments/7${overSecond}
  3. Take the first validator away and append again: the others go on, and the command asks the next one.
       kill -9 ${first?.pid}
       npx concordat stream append shipments/7 --type arrived --event-data '{}'${there}

Ctrl-C stops all. npm start resumes, npm start -- --reset starts anew.`;
}
