import type { HistoryEntry } from '@keycourier/ledger/shipments/read-history';
import type { Retry } from '@keycourier/ledger/shipments/read-retries';

/** A step as the page shows it, with all of its attempts. */
export interface Card {
  step: string;
  attempts: number;
  state: 'done' | 'running' | 'waiting' | 'failed';
  endedAt: Date | null;
  /** Why the last attempt ended as it did. */
  why: string | null;
  retry: Retry | null;
}

type Attempt = Extract<HistoryEntry, { kind: 'attempt' }>;

/** One card a step, in the order in which the steps first ran. The latest attempt decides its state and its reason. */
export function foldCards(entries: readonly HistoryEntry[], retries: readonly Retry[]): Card[] {
  const bySteps = new Map<string, Attempt[]>();
  for (const entry of entries)
    if (entry.kind === 'attempt') bySteps.set(entry.step, [...(bySteps.get(entry.step) ?? []), entry]);
  return [...bySteps].flatMap(([step, attempts]) => {
    const last = attempts.at(-1);
    const retry = retries.find((one) => one.step === step) ?? null;
    return last === undefined ? [] : [cardOf(last, attempts.length, retry)];
  });
}

const cardOf = (last: Attempt, attempts: number, retry: Retry | null): Card => ({
  step: last.step,
  attempts,
  state: stateOf(last, retry),
  endedAt: last.endedAt,
  why: retry === null ? last.why : null,
  retry,
});

function stateOf({ endedAt, outcome }: Attempt, retry: Retry | null): Card['state'] {
  if (retry !== null) return 'waiting';
  if (endedAt === null) return 'running';
  if (outcome === 'later') return 'waiting';
  return outcome === 'threw' ? 'failed' : 'done';
}
