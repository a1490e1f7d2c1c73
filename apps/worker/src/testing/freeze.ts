/** Blocks this process without using CPU time, as if it were stopped and continued. */
export function freeze(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
