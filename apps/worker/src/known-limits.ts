import { callsOf } from '@keycourier/journey/steps/calls';
import {
  isCountedIn,
  keyOf,
  nameOf,
  usualCalls,
  type LimitKey,
  type LimitNews,
  type TenantBudget,
  type Uncharged,
} from '@keycourier/ledger/outbox/budgets';
import { isAmple, isOfBatch, type Credit } from '@keycourier/ledger/outbox/pace';

type Answer = NonNullable<LimitNews['answer']>;

interface Job {
  tenant: string;
  step: string;
  priority: number;
}

/** What a process knows of the limits of its tenants, and what of it the ledger does not have yet. */
export interface KnownLimits {
  /** @returns whether the answer says something that is worth recording */
  answered: (limit: LimitKey, answer: Answer) => boolean;
  /** A job has ended that made these calls at Okta. @returns whether the difference to what it was charged is worth recording */
  ended: (job: Job, made: readonly string[]) => boolean;
  /** Steps were started that were not charged. @returns whether that is worth recording */
  started: (uncharged: readonly Uncharged[]) => boolean;
  /** Whether the limits that a step waits for are far from used up. */
  areAmple: (job: Omit<Job, 'priority'>) => boolean;
  /** What is to be recorded, once. */
  take: () => readonly LimitNews[];
  /** Budgets as they are now in the ledger. */
  read: (budgets: readonly TenantBudget[]) => void;
}

/** Of a limit, the calls that are too few to be recorded by themselves. */
const negligible = 0.002;

/** An answer is recorded when no more than this part of a limit is left besides what batches leave to others. */
const scarce = 0.1;

interface Known {
  key: LimitKey;
  budget: TenantBudget | null;
  readAtMs: number;
  answer: (Answer & { atMs: number }) | null;
  uncharged: Credit;
}

export function createKnownLimits(shareOf: (tenant: string) => number): KnownLimits {
  const limits = new Map<string, Known>();
  const find = (key: LimitKey): Known => {
    const name = nameOf(key);
    const known = limits.get(name) ?? { key, budget: null, readAtMs: 0, answer: null, uncharged: { all: 0, batch: 0 } };
    limits.set(name, known);
    return known;
  };
  return {
    answered: (key, answer) => {
      const known = find(key);
      const before = known.answer === null ? agedBudget(known) : aged(known.answer);
      if (!isNews(before, answer, shareOf(key.tenant))) return false;
      known.answer = { ...answer, atMs: Date.now() };
      return true;
    },
    ended: ({ tenant, ...job }, made) => {
      const known = [...limits.values()].filter(({ key }) => key.tenant === tenant && key.service === 'okta');
      return known.filter((limit) => addDifference(limit, job, made)).length > 0;
    },
    started: (uncharged) => {
      const known = uncharged.map(({ calls, ...key }) => ({ limit: find(key), calls }));
      return known.filter(({ limit, calls }) => add(limit, calls)).length > 0;
    },
    areAmple: ({ tenant, step }) => {
      const { services, okta } = callsOf(step);
      const isOfStep = ({ service, rateLimit }: LimitKey): boolean =>
        services.some((one) => one === service) && (rateLimit === '' || okta.some(({ limit }) => limit === rateLimit));
      const ofStep = [...limits.values()].filter(({ key }) => isCountedIn({ tenant, step }, key) && isOfStep(key));
      return ofStep.every((known) => {
        const budget = agedBudget(known);
        return budget === null || isAmple(budget, shareOf(tenant), known.uncharged);
      });
    },
    take: () => [...limits.values()].flatMap(takeNews),
    read: (budgets) => {
      for (const budget of budgets) Object.assign(find(keyOf(budget)), { budget, readAtMs: Date.now() });
    },
  };
}

function agedBudget({ budget, readAtMs }: Known): TenantBudget | null {
  if (budget === null) return null;
  const ageMs = Date.now() - readAtMs;
  return { ...budget, resetsInMs: budget.resetsInMs - ageMs, creditedMsAgo: budget.creditedMsAgo + ageMs };
}

const aged = ({ atMs, ...answer }: NonNullable<Known['answer']>): Answer => ({
  ...answer,
  resetsInMs: answer.resetsInMs - (Date.now() - atMs),
});

/** Two times of one window, which are whole seconds of the service's clock, differ by less. */
const sameWindowMs = 2_000;

/** Paths that we count together may have limits of their own at the service: the smallest counts. */
function isNews(
  before: Pick<Answer, 'calls' | 'remaining' | 'resetsInMs'> | null,
  answer: Answer,
  share: number,
): boolean {
  if (before === null) return true;
  const isSameWindow = answer.resetsInMs < before.resetsInMs + sameWindowMs;
  if (answer.calls !== before.calls) return answer.calls < before.calls || before.resetsInMs < 0;
  const isScarce = answer.remaining <= answer.calls * (1 - share + scarce);
  return isScarce && (!isSameWindow || answer.remaining < before.remaining);
}

function addDifference(known: Known, job: Omit<Job, 'tenant'>, made: readonly string[]): boolean {
  const { rateLimit } = known.key;
  const calls = made.filter((limit) => limit === rateLimit).length;
  const usual = usualCalls([job], rateLimit);
  return add(known, { all: calls - usual.all, batch: (isOfBatch(job.priority) ? calls : 0) - usual.batch });
}

/** @returns whether what is not charged by now is worth recording */
function add({ budget, uncharged }: Known, calls: Credit): boolean {
  if (budget === null) return false;
  uncharged.all += calls.all;
  uncharged.batch += calls.batch;
  return Math.max(Math.abs(uncharged.all), Math.abs(uncharged.batch)) > budget.calls * negligible;
}

function takeNews(known: Known): LimitNews[] {
  const answer = known.answer === null ? null : aged(known.answer);
  const { key, uncharged } = known;
  if (answer === null && uncharged.all === 0 && uncharged.batch === 0) return [];
  Object.assign(known, { answer: null, uncharged: { all: 0, batch: 0 } });
  return [{ ...key, answer, uncharged }];
}
