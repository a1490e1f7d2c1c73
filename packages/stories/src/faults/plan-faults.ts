import fc, { type Arbitrary } from 'fast-check';

import type { Backend } from '../world/world.ts';

export const workers = ['worker', 'worker-2', 'worker-3'] as const;

/** What fails. Two faults of one target follow each other; those of different targets overlap. */
export type Target =
  | (typeof workers)[number]
  | 'receiver'
  | 'okta'
  | 'hub'
  | 'provider'
  | 'mail'
  | 'redis'
  | 'postgres';

/**
 * - `killed`: SIGKILL; started again after `lastsMs`.
 * - `frozen`: SIGSTOP for `lastsMs`.
 * - `answers`: every call of keycourier gets `status`, is left without an answer, or loses its connection.
 * - `disconnected`: all connections of the ledger's database are ended, once.
 */
export type Failure =
  | { how: 'killed' | 'frozen' | 'disconnected' }
  | { how: 'answers'; status: 429 | 451 | 500 | 503 | 'no answer' | 'reset' };

export type Fault = Failure & {
  target: Target;
  /** After the start of the fault before it. */
  afterMs: number;
  lastsMs: number;
};

/** A worker's lease in this stack is 5 s, and the lock of its jobs too. */
const longerThanLease = [6_000, 10_000] as const;
/** Okta tries a delivery once more, after a few seconds: in this time both tries fail. */
const longerThanRetry = [8_000, 13_000] as const;

const some = (
  target: Target | readonly Target[],
  failures: readonly Failure[],
  [atLeastMs, atMostMs]: readonly [number, number],
): Arbitrary<Fault> =>
  fc
    .record({
      target: fc.constantFrom(...(typeof target === 'string' ? [target] : target)),
      afterMs: fc.noBias(fc.integer({ min: 2_500, max: 6_000 })),
      lastsMs: fc.noBias(fc.integer({ min: atLeastMs, max: atMostMs })),
      failure: fc.constantFrom(...failures),
    })
    .map(({ failure, ...rest }) => ({ ...rest, ...failure }));

const badAnswers: readonly Failure[] = ([429, 500, 503, 'no answer', 'reset'] as const).map((status) => ({
  how: 'answers',
  status,
}));

const always: readonly Arbitrary<Fault>[] = [
  some(workers, [{ how: 'killed' }], [0, 2_000]),
  some(workers, [{ how: 'frozen' }], longerThanLease),
  some('receiver', [{ how: 'killed' }], longerThanRetry),
  some('okta', badAnswers, [2_000, 8_000]),
  some('okta', [{ how: 'killed' }], [1_000, 5_000]),
  some('provider', badAnswers, [2_000, 8_000]),
  some('provider', [{ how: 'killed' }, { how: 'frozen' }], [1_000, 6_000]),
  some('mail', [{ how: 'answers', status: 451 }], [4_000, 15_000]),
  some('postgres', [{ how: 'disconnected' }], [0, 0]),
];
const withHub: readonly Arbitrary<Fault>[] = [
  some('hub', badAnswers, [2_000, 8_000]),
  some('hub', [{ how: 'killed' }], [1_000, 5_000]),
];
const onRedis: readonly Arbitrary<Fault>[] = [
  some('redis', [{ how: 'killed' }], [500, 5_000]),
  some('redis', [{ how: 'frozen' }], [2_000, 8_000]),
];

/** The faults of a seed, always the same: every kind about as often, in any order. */
export function planFaults(options: { seed: number; faults: number; backend: Backend; hasHub?: boolean }): Fault[] {
  const ofHub = options.hasHub === true ? withHub : [];
  const kinds = [...always, ...ofHub, ...(options.backend === 'redis' ? onRedis : [])];
  const rounds = Math.ceil(options.faults / kinds.length);
  const round = fc.tuple(...kinds).chain((faults) => inAnyOrder(faults));
  const all = fc.array(round, { minLength: rounds, maxLength: rounds });
  const [planned = []] = fc.sample(all, { seed: options.seed, numRuns: 1 });
  return planned.flat().slice(0, options.faults);
}

const inAnyOrder = <Value>(values: readonly Value[]): Arbitrary<Value[]> =>
  fc.shuffledSubarray([...values], { minLength: values.length, maxLength: values.length });

/** A fault in a few words, as the report names it. */
export const describeFault = (fault: Fault): string =>
  `${fault.target} ${fault.how === 'answers' ? `answers ${fault.status}` : fault.how} for ${(fault.lastsMs / 1_000).toFixed(1)} s`;
