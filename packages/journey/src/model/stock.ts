/** Of one of the provider's stock buckets, which may supply several products. Below 0 where more was requested than there is. */
export interface StockLevel {
  inventoryProductId: string;
  name: string;
  inventoryType: string;
  quantity: number;
}

/** Why a tenant's stock could not be read. */
export const stockProblems = [
  /** The provider does not offer it, or not to this account. */
  'not_offered',
  'unauthorized',
  'refused',
  /** It did not answer, or in a form that is not known. */
  'unanswered',
] as const;
export type StockProblem = (typeof stockProblems)[number];

/** What is known of the use of a bucket. */
export interface StockUse {
  /** Keys that this tenant ordered from it in the last `orderedDays`. */
  ordered: number;
  orderedDays: number;
  /** Requested and not ordered yet: they will come out of it. */
  underWay: number;
  /** What the provider said on past days, in their order, the last `quantityDays` after the first. */
  quantities: readonly number[];
  quantityDays: number;
}

/** Use is averaged over this time at most. */
export const usageDays = 28;

/** A shorter history says nothing about a usual day: one delivery for a new office would be a week's use. */
export const leastUsageDays = 7;

export interface StockOutlook {
  /** Keys a day; null: the history is too short. */
  usedPerDay: number | null;
  /** Whole days until nothing is left at that rate; null where that is not known, or nothing is used. */
  daysLeft: number | null;
}

/**
 * How long a stock lasts. Orders are ours alone, and quantities also fall by what is ordered in the provider's portal, but change
 * once a day: of the two rates, the higher one. What was added meanwhile is no negative use.
 */
export function outlookOf(quantity: number, use: StockUse): StockOutlook {
  const rates = [rateOf(use.ordered, use.orderedDays), rateOf(fallOf(use.quantities), use.quantityDays)];
  const known = rates.filter((rate) => rate !== null);
  if (known.length === 0) return { usedPerDay: null, daysLeft: null };
  const usedPerDay = Math.max(...known);
  const left = Math.max(0, quantity - use.underWay);
  return { usedPerDay, daysLeft: usedPerDay === 0 ? null : Math.floor(left / usedPerDay) };
}

const rateOf = (keys: number, days: number): number | null => (days < leastUsageDays ? null : keys / days);

const fallOf = (quantities: readonly number[]): number =>
  quantities.reduce((sum, quantity, index) => sum + Math.max(0, (quantities[index - 1] ?? quantity) - quantity), 0);

/** From where on a stock is low. */
export interface StockLimits {
  lowDays: number;
  lowKeys: number;
}

/** A purchase takes weeks, so days count where they are known; a few keys are always low. */
export const isStockLow = (
  { quantity, underWay, daysLeft }: { quantity: number; underWay: number; daysLeft: number | null },
  { lowDays, lowKeys }: StockLimits,
): boolean => quantity - underWay < lowKeys || (daysLeft !== null && daysLeft < lowDays);
