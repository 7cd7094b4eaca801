import type { EventFilter, EventsQuery } from '../../../../shared/api.ts';

/** The members of the address that are filters, by the names of the API. */
export const filterNames = ['stream', 'streamPrefix', 'type', 'label'] as const;
export type FilterName = (typeof filterNames)[number];
export const filterLabels: { readonly [name in FilterName]: string } = {
  stream: 'Stream',
  streamPrefix: 'Stream begins with',
  type: 'Type',
  label: 'Label',
};

/** What is empty is no filter. undefined: a label that is not whole. */
export function filterOf(values: { readonly [name in FilterName]: string }): EventsQuery | undefined {
  if (values.label !== '' && !/^[^=]+=/.test(values.label)) return undefined;
  return Object.fromEntries(
    filterNames.flatMap((name) => (values[name] === '' ? [] : [[name, values[name]]])),
  );
}

/** The same for a subscription, which takes labels by name. */
export function subscriptionFilter({ stream, streamPrefix, type, label }: EventsQuery): EventFilter {
  const at = label?.indexOf('=') ?? -1;
  return {
    ...(stream !== undefined && { stream }),
    ...(streamPrefix !== undefined && { streamPrefix }),
    ...(type !== undefined && { type }),
    ...(label !== undefined && { labels: { [label.slice(0, at)]: label.slice(at + 1) } }),
  };
}

/** The same query for a program: the typed client goes on from any position, at any node. */
export const clientCode = (filter: EventsQuery, from: number): string =>
  `for await (const item of client.subscribe({ topic: 'events', from: ${from}, filter: ${JSON.stringify(subscriptionFilter(filter))} }))
  if (item.type === 'event') console.log(item.next, item.event);`;

/** And for a shell, which follows one stream. Without npx, which outside the checkout would ask the public registry. */
export const commandLine = ({ stream }: EventsQuery): string | undefined =>
  stream === undefined
    ? undefined
    : `concordat stream read '${stream.replaceAll("'", "'\\''")}' --follow --json`;
