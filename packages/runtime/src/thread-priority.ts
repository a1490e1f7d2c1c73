import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';

/** Of 19, which gets next to nothing while others can run. */
const niceness = 10;

/**
 * Lets the other threads of the process go first, where the operating system knows priorities of threads. Linux alone does
 * (setpriority(2), "C library/kernel differences"): on any other there is no such link.
 */
export function lowerThreadPriority(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness);
  } catch {
    // It works without it, and others wait longer for it.
  }
}
