import type { Verdict } from '../address/judge-address.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** When the provider validates addresses (facts: every 15 minutes). */
export const addressValidatedAfterMs = 15 * minuteMs;

/** The way of an order with a good address. The times and the order of 4 … 102 are ours; 103 and 104 are Yubico's. */
const route = [
  { afterMs: 0, stateId: 3 },
  { afterMs: addressValidatedAfterMs, stateId: 4 },
  { afterMs: 11 * hourMs, stateId: 12 },
  { afterMs: 12 * hourMs, stateId: 100 },
  { afterMs: 13 * hourMs, stateId: 101 },
  { afterMs: 14 * hourMs, stateId: 102 },
  { afterMs: 24 * hourMs, stateId: 103 },
  { afterMs: 72 * hourMs, stateId: 104 },
] as const;

export interface Stage {
  stateId: number;
  /** When the next change is due, in milliseconds after the start of the route; null: only a person moves it on. */
  nextAfterMs: number | null;
}

/** Where an order stands, from nothing but the provider time since its route began and the verdict on its address. */
export function stageAt(elapsedMs: number, verdict: Verdict['kind']): Stage {
  if (verdict !== 'deliverable' && elapsedMs >= addressValidatedAfterMs)
    return { stateId: verdict === 'suggestion' ? 6 : 7, nextAfterMs: null };
  const reached = Math.max(
    0,
    route.findLastIndex(({ afterMs }) => afterMs <= elapsedMs),
  );
  return { stateId: route[reached]?.stateId ?? 3, nextAfterMs: route[reached + 1]?.afterMs ?? null };
}

/** The sample's rule: an order can be edited or deleted while its state id is at most 9. */
export const isEditable = (stateId: number): boolean => stateId <= 9;

/** In these states the key has left the factory, so it has been programmed. */
export const hasShipped = (stateId: number): boolean => stateId === 103 || stateId === 104;
