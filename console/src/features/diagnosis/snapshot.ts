import type { DiagnosisJson, StatusJson } from '../../../../shared/api.ts';

/** What is sent to the other members: who says it, of which network, when, and the node's whole answer. */
export function snapshotOf(
  diagnosis: DiagnosisJson,
  { status, gateway }: { readonly status: StatusJson | undefined; readonly gateway: string },
): { readonly name: string; readonly text: string } {
  const takenAt = new Date(diagnosis.nowMs).toISOString();
  const snapshot = {
    kind: 'concordat-diagnosis',
    takenAt,
    node: diagnosis.node,
    gateway,
    ...(status && {
      network: status.network,
      networkName: status.networkName,
      version: status.version,
      epoch: status.epoch,
    }),
    diagnosis,
  };
  const stamp = takenAt.slice(0, 19).replace(/[-:]/g, '');
  return {
    name: `diagnosis-${diagnosis.node}-${stamp}Z.json`,
    text: `${JSON.stringify(snapshot, null, 2)}\n`,
  };
}
