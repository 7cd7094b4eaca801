/** Small file systems of their own for a validator's directory, so that a disk can be full, broken or slow. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Arena } from '../arena.ts';
import { reasonAgainst, run } from './run.ts';

const mebibyte = 2 ** 20;

/** Why no tmpfs can be mounted here. */
export function tmpfsImpossible(): string | undefined {
  const directory = `/tmp/chaos${process.pid}-try`;
  return reasonAgainst(
    () => {
      mkdirSync(directory);
      run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory);
      run('umount', directory);
    },
    () => rmSync(directory, { recursive: true }),
  );
}

/** Also from under a validator that still runs, when a signal ends the run: it ends with this process. */
const unmount = (mountPoint: string): string => run('umount', '--lazy', mountPoint);

export interface FullDisk {
  /** Not a byte is left. */
  fill(): void;
  /** There is room again. */
  free(): void;
}

export function mountTmpfs({ atEnd }: Arena, directory: string, mebibytes: number): FullDisk {
  run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory);
  atEnd(() => unmount(directory));
  const ballast = join(directory, 'ballast');
  return { fill: () => fill(ballast), free: () => rmSync(ballast) };
}

function fill(file: string): void {
  const descriptor = openSync(file, 'a');
  try {
    // Large pieces first; the last bytes one page at a time.
    for (const size of [mebibyte, 4_096, 1]) writeUntilFull(descriptor, Buffer.alloc(size));
  } finally {
    closeSync(descriptor);
  }
}

function writeUntilFull(descriptor: number, piece: Uint8Array): void {
  try {
    while (writeSync(descriptor, piece) === piece.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** An ext4 in a file, behind a loop device. */
export interface LoopDisk {
  /** The kernel notices an error of the file system and, as told at mounting, allows no more writing. */
  breakDown(): void;
  /** Checked, repaired and mounted again. */
  repair(): void;
  /** Writes per second that the device takes; 0 lifts the limit. */
  limitWrites(perSecond: number): void;
}

const limitFile = '/sys/fs/cgroup/blkio/blkio.throttle.write_iops_device';

export function loopImpossible(): string | undefined {
  if (process.getuid?.() !== 0) return 'a file system can be mounted by root only';
  if (!existsSync('/sys/fs/ext4')) return 'this kernel has no ext4';
  return reasonAgainst(
    () => run('losetup', '--find'),
    () => {},
  );
}

export const slowDiskImpossible = (): string | undefined =>
  loopImpossible() ?? (existsSync(limitFile) ? undefined : `a device cannot be slowed down: no ${limitFile}`);

export function mountLoop({ directory, atEnd }: Arena, mountPoint: string, mebibytes: number): LoopDisk {
  const image = join(directory, `${basename(mountPoint)}.ext4`);
  writeFileSync(image, '');
  truncateSync(image, mebibytes * mebibyte);
  run('mkfs.ext4', '-q', '-F', image);
  const device = run('losetup', '--find', '--show', image).trim();
  atEnd(() => run('losetup', '--detach', device));
  const mount = (): string => run('mount', '-o', 'errors=remount-ro', device, mountPoint);
  mount();
  atEnd(() => unmount(mountPoint));
  const name = basename(device);
  const limitWrites = (perSecond: number): void => {
    const number = readFileSync(`/sys/class/block/${name}/dev`, 'utf8').trim();
    writeFileSync(limitFile, `${number} ${perSecond}`);
  };
  if (existsSync(limitFile)) atEnd(() => limitWrites(0));
  return {
    breakDown: () => writeFileSync(`/sys/fs/ext4/${name}/trigger_fs_error`, 'chaos'),
    repair() {
      run('umount', mountPoint);
      repairFiles(device);
      mount();
    },
    limitWrites,
  };
}

/** e2fsck ends with 1 when it has repaired something. */
function repairFiles(device: string): void {
  try {
    run('e2fsck', '-f', '-p', device);
  } catch (error) {
    if ((error as { readonly cause?: { readonly status?: number } }).cause?.status !== 1) throw error;
  }
}
