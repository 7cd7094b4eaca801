/** What differs between a network's description and the genesis that it was founded with. */
import { thresholdsInForce } from '../../shared/types/governance.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import { foundingProtocol } from '../ledger/protocols.ts';
import type { ConfigProblem } from './errors.ts';
import type { NetworkDescription } from './network-yaml.ts';

/** Compares every value that the description has; what it leaves open was filled in at the founding. */
export function differencesOf(
  description: NetworkDescription,
  document: GenesisDocument,
): readonly ConfigProblem[] {
  const { protocol = foundingProtocol, governance } = document;
  const thresholds = thresholdsInForce(protocol, description.governance.thresholds);
  return compare('', { ...description, governance: { thresholds } }, { ...document, protocol, governance });
}

function compare(path: string, described: unknown, founded: unknown): readonly ConfigProblem[] {
  if (Array.isArray(described) && Array.isArray(founded)) return compareLists(path, described, founded);
  if (isMap(described) && isMap(founded)) {
    return Object.keys(described).flatMap((key) =>
      compare(path === '' ? key : `${path}.${key}`, described[key], founded[key]),
    );
  }
  return described === founded ? [] : [{ path, found: shown(described), expected: shown(founded) }];
}

function compareLists(
  path: string,
  described: readonly unknown[],
  founded: readonly unknown[],
): readonly ConfigProblem[] {
  const length = Math.max(described.length, founded.length);
  return Array.from({ length }, (_, index) => index).flatMap((index) =>
    compare(`${path}[${index}]`, described[index], founded[index]),
  );
}

const isMap = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
