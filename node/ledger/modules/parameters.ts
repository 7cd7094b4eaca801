/** Parameters and the protocol version as members change them by ballots: in an activation, like the set (rule E1). */
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { parameterNames } from '../../../shared/types/parameters.ts';
import { fields, integer } from '../form.ts';
import type { Governed } from '../types.ts';
import { approveByBallots, type TimingArgs, timingFields } from './validators.ts';

type SetArgs = TimingArgs & { readonly set: Partial<NetworkParameters> };
type RaiseArgs = TimingArgs & { readonly version: number };

/** Bounds depend on one another and on the set: `parameter-out-of-range` names them. */
const anyNumber = integer(0, Number.MAX_SAFE_INTEGER);

export const governedParameters = {
  'parameters.set': {
    form: fields({
      set: fields(Object.fromEntries(parameterNames.map((name) => [name, { optional: anyNumber }]))),
      ...timingFields,
    }),
    decide: (state, context, args) => {
      const { set, ...timing } = args as SetArgs;
      return approveByBallots(state, context, timing, { kind: 'parameters', set });
    },
  },
  'protocol.raise': {
    form: fields({ version: anyNumber, ...timingFields }),
    decide: (state, context, args) => {
      const { version, ...timing } = args as RaiseArgs;
      return approveByBallots(state, context, timing, { kind: 'protocol', version });
    },
  },
} satisfies { readonly [kind: string]: Governed };
