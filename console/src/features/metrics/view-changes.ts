/** Words for what a node noted as a change of view: another primary in an epoch, or the first one of a new epoch. */
import type { ViewChangeJson } from '../../../../shared/api.ts';

/** Within an epoch views only grow; each epoch begins with view 0. */
const beginsEpoch = ({ from, to }: ViewChangeJson): boolean => to <= from;

/** At a mark in a chart: `view 3`, `epoch 1`. */
export const markText = (change: ViewChangeJson): string =>
  beginsEpoch(change) ? `epoch ${change.epoch}` : `view ${change.to}`;

/** `epoch 0, view 0 → 1: beta leads` */
export function changeText(change: ViewChangeJson): string {
  const { epoch, from, to, primary } = change;
  const what = beginsEpoch(change)
    ? `epoch ${epoch} begins in view ${to}`
    : `epoch ${epoch}, view ${from} → ${to}`;
  return `${what}: ${primary} leads`;
}
