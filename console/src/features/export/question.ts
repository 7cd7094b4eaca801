import * as z from 'zod/mini';
import {
  type ExportQuery,
  type ExportSubject,
  exportFormats,
  exportQuerySchema,
  exportSubjects,
} from '../../../../shared/api.ts';

/** Filters of each subject, by the names of the API. */
export const filtersOf: { readonly [subject in ExportSubject]: readonly (keyof ExportQuery & string)[] } = {
  transactions: ['sender', 'receiver', 'action', 'status', 'stream', 'label', 'fromHeight', 'toHeight'],
  events: ['stream', 'streamPrefix', 'type', 'label', 'fromHeight', 'toHeight'],
};

export const filterLabels: { readonly [name: string]: string } = {
  sender: 'Sender',
  receiver: 'Receiver',
  action: 'Action',
  status: 'Outcome',
  stream: 'Stream',
  streamPrefix: 'Stream begins with',
  type: 'Type',
  label: 'Label',
  fromHeight: 'From block',
  toHeight: 'To block',
};

export type Asked =
  | { readonly isWhole: true; readonly query: ExportQuery }
  | { readonly isWhole: false; readonly of: ExportSubject; readonly reason: string };

/** The question in the address; filters of the other subject are left out. */
export function questionOf(params: URLSearchParams): Asked {
  const of = exportSubjects.find((subject) => subject === params.get('of')) ?? 'transactions';
  const format = exportFormats.find((one) => one === params.get('format')) ?? 'csv';
  const given = filtersOf[of].flatMap((name) => {
    const value = params.get(name) ?? '';
    if (value === '') return [];
    return [[name, /Height$/.test(name) && /^\d{1,15}$/.test(value) ? Number(value) : value]];
  });
  const query = z.safeParse(exportQuerySchema, { of, format, ...Object.fromEntries(given) });
  if (query.success) return { isWhole: true, query: query.data };
  const [issue] = query.error.issues;
  const name = String(issue?.path[0] ?? '');
  return {
    isWhole: false,
    of,
    reason: `${filterLabels[name] ?? name}: expected ${issue?.message ?? 'another form'}.`,
  };
}
