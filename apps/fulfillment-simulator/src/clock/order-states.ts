import type { Verdict } from '../address/judge-address.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The provider validates addresses every 15 minutes. */
export const addressValidatedAfterMs = 15 * minuteMs;

/** The states of an order with a good address. The times and the order of 4 … 102 are invented; 103 and 104 are Yubico's. */
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

export interface TimedState {
  stateId: number;
  /** When the next change is due, in milliseconds since the order was received; null if it needs an edit of the order. */
  nextAfterMs: number | null;
}

/** The state of an order, derived from the provider time since it was received and the verdict on its address. */
export function stateAt(elapsedMs: number, verdict: Verdict['kind']): TimedState {
  if (verdict !== 'deliverable' && elapsedMs >= addressValidatedAfterMs)
    return { stateId: verdict === 'suggestion' ? 6 : 7, nextAfterMs: null };
  const reached = Math.max(
    0,
    route.findLastIndex(({ afterMs }) => afterMs <= elapsedMs),
  );
  return { stateId: route[reached]?.stateId ?? 3, nextAfterMs: route[reached + 1]?.afterMs ?? null };
}

/** The rule of Yubico's sample code: an order can be edited or deleted while its state id is at most 9. */
export const isEditable = (stateId: number): boolean => stateId <= 9;

/** In these states the key has shipped, so it has been programmed. */
export const hasShipped = (stateId: number): boolean => stateId === 103 || stateId === 104;
