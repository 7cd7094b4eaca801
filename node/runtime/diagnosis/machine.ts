/** What is wrong with a machine: its clock, disk, load, certificates. */
import type { CauseJson } from '../../../shared/api/diagnosis.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { DiagnosisFacts } from './facts.ts';
import { thresholds } from './thresholds.ts';
import { bytesText, countOf, durationText } from './words.ts';

const dayMs = 86_400_000;

/**
 * Offsets are measured against this node's clock. The middle of all clocks, this one included, is right while at
 * most f lie or err; whoever is far from it is off, be it this node.
 */
export function clockCauses({ self, peers, parameters }: DiagnosisFacts): CauseJson[] {
  const clocks = [
    { validator: self, offsetMs: 0 },
    ...peers.flatMap(({ validator, clockOffsetMs }) =>
      clockOffsetMs === undefined ? [] : [{ validator, offsetMs: clockOffsetMs }],
    ),
  ];
  if (clocks.length < 3) return pairOfClocks(clocks, parameters.driftMs);
  const sorted = clocks.map(({ offsetMs }) => offsetMs).sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return clocks
    .map(({ validator, offsetMs }) => ({ validator, offsetMs: offsetMs - middle }))
    .filter(({ offsetMs }) => Math.abs(offsetMs) >= thresholds.clockMs)
    .map(({ validator, offsetMs }) => clockOff(validator, offsetMs, parameters.driftMs));
}

/** Two clocks that differ do not tell which one is right. */
function pairOfClocks(
  clocks: readonly { readonly validator: ValidatorId; readonly offsetMs: number }[],
  driftMs: number,
): CauseJson[] {
  return clocks
    .filter(({ offsetMs }) => Math.abs(offsetMs) >= thresholds.clockMs)
    .map(({ validator, offsetMs }) => ({
      ...clockOff(validator, offsetMs, driftMs),
      next: 'Two clocks differ and no third one tells which is right: both operators compare theirs with a time service.',
      act: clocks.map((clock) => clock.validator),
    }));
}

function clockOff(validator: ValidatorId, offsetMs: number, driftMs: number): CauseJson {
  const isBeyond = Math.abs(offsetMs) > driftMs;
  const direction = offsetMs > 0 ? 'ahead of' : 'behind';
  const effect = isBeyond
    ? `, more than the ${durationText(driftMs)} that proposals may differ`
    : `; ${durationText(driftMs)} are allowed`;
  return {
    code: 'clock-off',
    severity: isBeyond ? 'impair' : 'notice',
    sentence: `The clock of ${validator} is ${durationText(Math.abs(offsetMs))} ${direction} the others${effect}.`,
    next: `The operator of ${validator} sets its clock (chrony, systemd-timesyncd) and keeps it set; no restart is needed.`,
    act: [validator],
    facts: { validator, offsetMs: Math.round(offsetMs), driftMs },
  };
}

export function diskCauses({ self, host }: DiagnosisFacts): CauseJson[] {
  const causes: CauseJson[] = [];
  const { disk, commit } = host;
  if (disk !== undefined && disk.freeBytes < thresholds.diskFreeBytes)
    causes.push(fullDisk(self, disk.path, disk.freeBytes, disk.totalBytes));
  if (commit !== undefined && commit.commits >= thresholds.commitsMin) {
    const { medianMs, p99Ms } = commit;
    if (medianMs >= thresholds.commitMedianMs || p99Ms >= thresholds.commitP99Ms)
      causes.push(slowDisk(self, commit));
  }
  return causes;
}

/** `freeBytes` 0: full, as a process that stopped reports it. */
export function fullDisk(
  validator: ValidatorId,
  path: string,
  freeBytes?: number,
  totalBytes?: number,
): CauseJson {
  const isFull = freeBytes === undefined || freeBytes < thresholds.diskNearlyFullBytes;
  const free = freeBytes === undefined ? '' : `: ${bytesText(freeBytes)} are free`;
  return {
    code: 'disk-full',
    severity: isFull ? 'impair' : 'notice',
    sentence: `The disk of ${validator} ${isFull ? 'is full' : 'is getting full'} at ${path}${free}.`,
    next: `The operator of ${validator} frees or adds space there; a node that stopped is then started again.`,
    act: [validator],
    facts: {
      validator,
      path,
      ...(freeBytes !== undefined && { freeBytes }),
      ...(totalBytes !== undefined && { totalBytes }),
    },
  };
}

function slowDisk(
  validator: ValidatorId,
  { commits, medianMs, p99Ms }: NonNullable<DiagnosisFacts['host']['commit']>,
): CauseJson {
  return {
    code: 'disk-slow',
    severity: medianMs >= thresholds.commitMedianMs ? 'impair' : 'notice',
    sentence: `The disk of ${validator} is slow: half of ${countOf(commits, 'commit')} took ${medianMs.toFixed(0)} ms or more, the slowest hundredth ${p99Ms.toFixed(0)} ms.`,
    next: `The operator of ${validator} looks for what else writes to this disk; votes wait for it in every phase.`,
    act: [validator],
    facts: { validator, medianMs, p99Ms, commits },
  };
}

/** Told also when it is put right: bytes that changed by themselves are the disk's word about itself. */
export function damageCauses({ self, damage }: DiagnosisFacts): CauseJson[] {
  const { damaged = [], repaired = 0 } = damage ?? {};
  const [height] = damaged;
  if (height === undefined && repaired === 0) return [];
  const facts = { validator: self, damaged: damaged.length, repaired };
  const check = `The operator of ${self} checks memory and disk of this machine`;
  if (height === undefined)
    return [
      {
        code: 'data-damaged',
        severity: 'notice',
        sentence: `${countOf(repaired, 'stored block')} of ${self} did not match the digest; what peers have took its place.`,
        next: `${check}; nothing is lost.`,
        act: [self],
        facts,
      },
    ];
  return [
    {
      code: 'data-damaged',
      severity: 'impair',
      sentence: `${countOf(damaged.length, 'stored block')} of ${self} ${damaged.length === 1 ? 'does' : 'do'} not match the digest, the lowest at height ${height}; peers are asked for it.`,
      next: `${check}. What a linked peer has whole is put in its place within seconds; if this stays, no peer that is linked has the block.`,
      act: [self],
      facts: { ...facts, height },
    },
  ];
}

/** Nothing waits for them: who asks this node for one is sent to another. */
export function payloadCauses({ self, missingPayloads }: DiagnosisFacts): CauseJson[] {
  const { count = 0, digest } = missingPayloads ?? {};
  if (count === 0 || digest === undefined) return [];
  return [
    {
      code: 'payloads-missing',
      severity: 'notice',
      sentence: `${self} does not have ${countOf(count, 'payload')} that the ledger names, such as ${digest.slice(0, 8)}; peers are asked for ${count === 1 ? 'it' : 'them'}.`,
      next: 'It mends itself while a peer that has them is linked; if it stays, ask the other members for a node that answers for this digest.',
      act: [],
      facts: { validator: self, missing: count, digest },
    },
  ];
}

export function loadCauses({ self, host }: DiagnosisFacts): CauseJson[] {
  const { loopDelayMs } = host;
  if (loopDelayMs === undefined || loopDelayMs < thresholds.loopDelayMs) return [];
  return [
    {
      code: 'node-overloaded',
      severity: 'notice',
      sentence: `${self} is overloaded: its event loop ran up to ${durationText(loopDelayMs)} late.`,
      next: `The operator of ${self} looks for what else takes the processor, memory and disk of this machine.`,
      act: [self],
      facts: { validator: self, loopDelayMs },
    },
  ];
}

/** Node keys and consensus keys do not expire, and dates in node certificates are ignored: only the gateway's count. */
export function certificateCauses({ self, host, nowMs }: DiagnosisFacts): CauseJson[] {
  return (host.certificates ?? [])
    .map((certificate) => ({
      ...certificate,
      daysLeft: Math.floor((certificate.expiresAt - nowMs) / dayMs),
    }))
    .filter(({ daysLeft }) => daysLeft < thresholds.certificateDays)
    .map(({ name, expiresAt, daysLeft }) => ({
      code: 'certificate-expiring',
      severity: daysLeft < thresholds.certificateUrgentDays ? 'impair' : 'notice',
      sentence:
        daysLeft < 0
          ? `The ${name} of ${self} has expired.`
          : `The ${name} of ${self} expires in ${countOf(daysLeft, 'day')}.`,
      next: `The operator of ${self} replaces the files under gateway.tls in node.yaml and restarts the node; commits do not depend on it.`,
      act: [self],
      facts: { validator: self, name, expiresAt, daysLeft },
    }));
}
