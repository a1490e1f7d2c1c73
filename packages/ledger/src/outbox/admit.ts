import { callsOf } from '@keycourier/journey/steps/calls';

import { isCountedIn } from './budgets.ts';
import { creditOf, isOfBatch, waitFor, type Budget, type Credit } from './pace.ts';

export interface DueMessage {
  subjectId: string;
  step: string;
  tenant: string;
  dispatchId: string;
  priority: number;
}

/** Messages of one tenant, step and priority whose jobs are in the queue or running. */
export interface InFlight {
  step: string;
  priority: number;
  messages: number;
}

/** What is known of one tenant, as of one moment. */
export interface TenantState {
  /** Messages that are due, the longest due first. */
  due: readonly DueMessage[];
  inFlight: readonly InFlight[];
  budgets: readonly (Budget & { tenant: string })[];
  /** The share of Okta's limits that batches and dry runs may use. */
  share: number;
}

export interface Admitted extends DueMessage {
  /** Counted from 1: which of the tenant's messages of this step, and of no lesser priority, in the queue it is. */
  rank: number;
}

export interface Admission {
  admitted: readonly Admitted[];
  /** The most urgent message that has to wait for a step of its tenant to end; null where none does. */
  heldBack: number | null;
  /** When a message that waits for a rate limit may start, in milliseconds; null where none waits for one. */
  againInMs: number | null;
}

/**
 * Which of a tenant's messages may become jobs now: the most urgent first; of the same priority one of each step in turn, so
 * that what has begun goes on. None whose step might be turned away by a service's limit of concurrent calls, or would take
 * of a rate limit what is left to more urgent work or to the service's other callers.
 */
export function admit(state: TenantState, slotsOf: (priority: number) => number): Admission {
  const calls = new Calls(state);
  const admitted: Admitted[] = [];
  let heldBack: number | null = null;
  let againInMs: number | null = null;
  for (const message of inTurn(state)) {
    if (!calls.hasSlot(message, slotsOf(message.priority))) {
      heldBack = Math.min(heldBack ?? message.priority, message.priority);
      continue;
    }
    const waitMs = calls.waitFor(message);
    if (waitMs > 0) againInMs = Math.min(againInMs ?? waitMs, waitMs);
    else admitted.push({ rank: calls.start(message), ...message });
  }
  return { admitted, heldBack, againInMs };
}

/** What a tenant may have in the queue or running of a step that usually calls no service. */
export const slotsWithoutService = 16;

function inTurn({ due, inFlight }: TenantState): readonly DueMessage[] {
  const laneOf = ({ step, priority }: Pick<DueMessage, 'step' | 'priority'>): string => `${priority} ${step}`;
  const counts = new Map(inFlight.map((lane) => [laneOf(lane), lane.messages]));
  const numbered = due.map((message) => {
    const nth = (counts.get(laneOf(message)) ?? 0) + 1;
    counts.set(laneOf(message), nth);
    return { message, nth };
  });
  return numbered
    .toSorted((one, other) => one.message.priority - other.message.priority || one.nth - other.nth)
    .map(({ message }) => message);
}

/** Counts what is in flight, and what is left of each limit, while messages are admitted. */
class Calls {
  readonly #inFlight: InFlight[];
  readonly #budgets: readonly { budget: Budget & { tenant: string }; credit: Credit }[];
  readonly #share: number;

  constructor({ inFlight, budgets, share }: TenantState) {
    this.#inFlight = [...inFlight];
    this.#budgets = budgets.map((budget) => ({ budget: { ...budget }, credit: creditOf(budget, share) }));
    this.#share = share;
  }

  hasSlot({ step }: DueMessage, slots: number): boolean {
    const { services } = callsOf(step);
    if (services.length === 0) return this.#countOf(step) < slotsWithoutService;
    return services.every((service) => this.#countAt(service) < slots);
  }

  #countOf(step: string): number {
    return this.#inFlight.filter((lane) => lane.step === step).reduce((sum, { messages }) => sum + messages, 0);
  }

  #countAt(service: string): number {
    return this.#inFlight
      .filter(({ step }) => callsOf(step).services.some((one) => one === service))
      .reduce((sum, { messages }) => sum + messages, 0);
  }

  waitFor({ tenant, step, priority }: DueMessage): number {
    const waits = this.#limitsOf({ tenant, step }).map(({ budget, credit }) =>
      waitFor(budget, credit, { priority, share: this.#share }),
    );
    return Math.max(0, ...waits);
  }

  /** @returns the rank of the message */
  start({ tenant, step, priority }: DueMessage): number {
    for (const { budget, credit, calls } of this.#limitsOf({ tenant, step })) {
      budget.remaining -= calls;
      credit.all -= calls;
      if (isOfBatch(priority)) credit.batch -= calls;
    }
    this.#inFlight.push({ step, priority, messages: 1 });
    return this.#inFlight
      .filter((one) => one.step === step && one.priority <= priority)
      .reduce((sum, { messages }) => sum + messages, 0);
  }

  #limitsOf({
    tenant,
    step,
  }: Pick<DueMessage, 'tenant' | 'step'>): { budget: Budget; credit: Credit; calls: number }[] {
    const { services, okta } = callsOf(step);
    return this.#budgets.flatMap(({ budget, credit }) => {
      const { service, rateLimit } = budget;
      if (!isCountedIn({ tenant, step }, budget)) return [];
      if (rateLimit === '') return services.some((one) => one === service) ? [{ budget, credit, calls: 0 }] : [];
      const counted = okta.find(({ limit }) => limit === rateLimit);
      return service !== 'okta' || counted === undefined ? [] : [{ budget, credit, calls: counted.calls }];
    });
  }
}
