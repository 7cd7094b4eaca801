import { ask, askText } from '../../../lib/gateway.ts';
import type { BundlePart } from '../support-bundle.ts';

const answers = [
  ...(['diagnosis', 'status', 'consensus', 'peers', 'matrix'] as const),
  ...(['validators', 'genesis', 'disk', 'metricsHistory'] as const),
];

/** The same answers as `concordat support-bundle` takes from a gateway. */
export const supportParts: readonly BundlePart[] = [
  ...answers.map((name) => ({
    name: `${name}.json`,
    ask: async () => `${JSON.stringify(await ask(name), null, 2)}\n`,
  })),
  { name: 'metrics.txt', ask: () => askText('/metrics') },
];
