import { ConnectorError, type ConnectorFault, type Service } from '../ports/errors.ts';
import { sampleTenant, startOfTime } from './samples.ts';

/**
 * How a call may end, other than by working. `dies`: this process is gone, and nothing of it acts any more. `lost`: no
 * answer comes back. Before or after the call had its effect; `late`: it has its effect after everybody gave up.
 * `stalls`: the caller stands still for so long that others take over, and then goes on as if nothing had happened.
 */
export type Fate =
  | 'dies_before'
  | 'dies_after'
  | 'lost_before'
  | 'lost_after'
  | 'late'
  | 'stalls'
  | Exclude<ConnectorFault, 'outcome_unknown'>;

/** Not an error that code under test may deal with: whoever catches it is dead already. */
export class ProcessDied extends Error {
  readonly code = 'process_died';
  readonly level = 'error';
}

/**
 * The one wire that every call of the house goes through, to the outside and to the ledger: it writes down what had its
 * effect, in order, and it is where calls fail and processes die.
 */
export interface CallLog {
  /** What had its effect, in order. */
  calls: string[];
  nowMs: () => number;
  now: () => Date;
  /** Lets time pass; what was late arrives on its way. */
  advanceTo: (ms: number) => void;
  /** Decides how each call ends; asked once per call, with a running number. */
  fateOf: (name: string, index: number) => Fate | null;
  /** Sees each call to the outside that is made, before it may have its effect. */
  onEffect: (name: string) => void;
  outside: <Value>(service: Service, name: string, effect: () => Value) => Promise<Value>;
  inLedger: <Value>(name: string, effect: () => Value) => Promise<Value>;
  /** A new process takes over. */
  revive: () => void;
  /** Resolves when a call stalls. */
  untilStalled: () => Promise<'stalled'>;
}

/** Just after whoever waits for it has given it up, and while they may still be clearing up. */
const lateByMs = sampleTenant.reconcileAfterMs + 5_000;
/** Longer than any lease, and than the time after which an unanswered call is made again. */
export const stallMs = 10 * 60_000;

export function createCallLog(): CallLog {
  const clock = createClock();
  const stallWatchers: (() => void)[] = [];
  const state = { index: -1, isDead: false };
  const die = (): never => {
    state.isDead = true;
    throw new ProcessDied('the process died');
  };
  const take = (name: string): Promise<Fate | null> => begin(name, { log, clock, state, stallWatchers, die });
  const log: CallLog = {
    calls: [],
    nowMs: clock.nowMs,
    now: () => new Date(clock.nowMs()),
    advanceTo: clock.advanceTo,
    fateOf: () => null,
    onEffect: () => undefined,
    outside: async (service, name, effect) => {
      const fate = await take(name);
      const result = hasEffect(fate) ? happen(log, name, effect) : null;
      if (fate === 'late') clock.at(clock.nowMs() + lateByMs, () => ignoringRefusal(effect));
      if (fate === 'dies_after') return die();
      if (result !== null && fate === null) return result.value;
      throw failureOf(service, name, fate);
    },
    inLedger: async (name, effect) => {
      const fate = await take(name);
      const value = effect();
      return fate === 'dies_after' ? die() : value;
    },
    revive: () => {
      state.isDead = false;
    },
    untilStalled: () => new Promise((resolve) => stallWatchers.push(() => resolve('stalled'))),
  };
  return log;
}

function createClock(): {
  nowMs: () => number;
  advanceTo: (ms: number) => void;
  at: (ms: number, happen: () => void) => void;
} {
  let nowMs = startOfTime.getTime();
  let planned: { atMs: number; happen: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    advanceTo: (ms) => {
      nowMs = Math.max(nowMs, ms);
      const due = planned.filter(({ atMs }) => atMs <= nowMs);
      planned = planned.filter(({ atMs }) => atMs > nowMs);
      for (const { happen: happenNow } of due) happenNow();
    },
    at: (atMs, happenThen) => void planned.push({ atMs, happen: happenThen }),
  };
}

interface Wire {
  log: CallLog;
  clock: ReturnType<typeof createClock>;
  state: { index: number; isDead: boolean };
  stallWatchers: (() => void)[];
  die: () => never;
}

/** What every call goes through before anything happens. */
async function begin(name: string, { log, clock, state, stallWatchers, die }: Wire): Promise<Fate | null> {
  await Promise.resolve();
  if (state.isDead) die();
  clock.advanceTo(clock.nowMs() + 1);
  state.index += 1;
  if (!name.startsWith('ledger.')) log.onEffect(name);
  const fate = log.fateOf(name, state.index);
  if (fate === 'dies_before') return die();
  if (fate !== 'stalls') return fate;
  for (const tell of stallWatchers.splice(0)) tell();
  await new Promise<void>((resolve) => clock.at(clock.nowMs() + stallMs, resolve));
  return null;
}

const hasEffect = (fate: Fate | null): boolean => fate === null || fate === 'dies_after' || fate === 'lost_after';

function happen<Value>(log: CallLog, name: string, effect: () => Value): { value: Value } {
  log.calls.push(name);
  return { value: effect() };
}

function failureOf(service: Service, name: string, fate: Fate | null): ConnectorError {
  switch (fate) {
    case 'unreachable':
    case 'rate_limited':
    case 'unauthorized':
    case 'refused':
    case 'not_found':
      return new ConnectorError({ service, fault: fate }, `${name} failed`, statusOf[fate]);
    case 'lost_before':
    case 'lost_after':
    case 'late':
    case 'stalls':
    case 'dies_before':
    case 'dies_after':
    case null:
      return new ConnectorError({ service, fault: 'outcome_unknown' }, `${name} gave no answer`);
  }
}

const statusOf = {
  unreachable: {},
  rate_limited: { status: 429 },
  unauthorized: { status: 401 },
  refused: { status: 400 },
  not_found: { status: 404 },
} as const;

/** Nobody is left to hear it. */
function ignoringRefusal(effect: () => unknown): void {
  try {
    effect();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
  }
}
