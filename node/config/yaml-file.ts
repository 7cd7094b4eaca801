/** Reads YAML 1.2 under a schema; problems name path, line, what was found and what is expected. */
import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './errors.ts';

type Path = readonly (string | number)[];

export interface YamlFile<Value> {
  readonly value: Value;
  /** A problem at this place of the file, for checks that a schema cannot express. */
  problem(path: Path, expected: string): ConfigProblem;
}

/** @throws ConfigError `config-file-missing` */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError('config-file-missing', { file, reason: String(error) });
  }
}

/** @throws ConfigError `config-not-yaml`, `config-invalid` */
export function parseYaml<Value>(file: string, text: string, schema: z.ZodType<Value>): YamlFile<Value> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new ConfigError('config-not-yaml', { file, reason: syntax.message });
  const problem = (path: Path, expected: string) => problemAt(document, lines, path, expected);
  const result = schema.safeParse(plainValue(file, document));
  if (result.success) return { value: result.data, problem };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, problem));
  throw new ConfigError('config-invalid', { file, problems });
}

/** An alias may name no anchor, or a few lines of aliases may stand for millions of values. */
function plainValue(file: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError('config-not-yaml', { file, reason });
  }
}

function problemsOf(
  issue: z.core.$ZodIssue,
  problem: (path: Path, expected: string) => ConfigProblem,
): readonly ConfigProblem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problem([...path, key], 'no such key here'));
  }
  if (issue.code === 'invalid_value') return [problem(path, `one of ${issue.values.join(', ')}`)];
  if (issue.code === 'invalid_type') return [problem(path, nounOf(issue.expected))];
  return [problem(path, issue.message)];
}

const nounOf = (type: string): string =>
  ({ string: 'text', number: 'a number', int: 'a whole number', array: 'a list', object: 'a map' })[type] ??
  type;

function problemAt(document: Document, lines: LineCounter, path: Path, expected: string): ConfigProblem {
  const node = document.getIn(path, true);
  const offset = isNode(node) ? node.range?.[0] : undefined;
  const value = isNode(node) ? node.toJS(document) : undefined;
  return {
    path: pathText(path),
    ...(offset !== undefined && { line: lines.linePos(offset).line }),
    found: value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80),
    expected,
  };
}

/** `validators[2].member` */
const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
