import { createHash } from 'node:crypto';

/** What is decided by a draw; each decision about an event is drawn by itself. */
export type Draw = 'lose' | 'duplicate' | 'delay' | 'order' | 'late';

/** A number in [0, 1), the same for the same seed, decision and event. */
export function chance(seed: number, draw: Draw, seq: string): number {
  return createHash('sha256').update(`${seed} ${draw} ${seq}`).digest().readUInt32BE() / 2 ** 32;
}
