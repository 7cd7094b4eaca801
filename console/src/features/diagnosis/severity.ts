import type { CauseJson } from '../../../../shared/api.ts';
import type { StatusKind } from '../../components/Status.tsx';

export const severities: {
  readonly [severity in CauseJson['severity']]: { readonly kind: StatusKind; readonly word: string };
} = {
  stall: { kind: 'failed', word: 'Nothing commits' },
  impair: { kind: 'pending', word: 'Commits with less to spare' },
  notice: { kind: 'info', word: 'Notice' },
};
