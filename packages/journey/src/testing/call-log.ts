import { ConnectorError, type ConnectorFault, type Service } from '../ports/errors.ts';
import { sampleTenant, startOfTime } from './samples.ts';

/**
 * How a call may fail. The process dies, or no response arrives, before or after the call had its effect; `late_effect`:
 * no response, and the effect comes after every attempt has given up; `process_stalls`: the caller pauses until its lease
 * has expired and another attempt has taken over, then continues.
 */
export type Fault =
  | 'process_dies_before'
  | 'process_dies_after'
  | 'no_response_before'
  | 'no_response_after'
  | 'late_effect'
  | 'process_stalls'
  | Exclude<ConnectorFault, 'outcome_unknown'>;

/** Code under test may not handle this error: its process is dead. */
export class ProcessDied extends Error {
  readonly code = 'process_died';
  readonly level = 'error';
}

/**
 * Every call to a remote service and to the ledger goes through this log: it records the calls that had their effect, in
 * order, and injects the faults.
 */
export interface CallLog {
  /** The calls that had their effect, in order. */
  calls: string[];
  nowMs: () => number;
  now: () => Date;
  /** Moves the clock; late effects happen on the way. */
  advanceTo: (ms: number) => void;
  /** The fault of each call; called once per call, with a running number. */
  faultOf: (name: string, index: number) => Fault | null;
  /** Called for each remote call before it may have its effect. */
  onEffect: (name: string) => void;
  remote: <Value>(service: Service, name: string, effect: () => Value) => Promise<Value>;
  inLedger: <Value>(name: string, effect: () => Value) => Promise<Value>;
  /** A new process takes over. */
  revive: () => void;
  /** Resolves when a call stalls. */
  untilStalled: () => Promise<'stalled'>;
}

/** Just after the attempt that waits for it has given up, while it may still clean up. */
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
  const start = (name: string): Promise<Fault | null> => begin(name, { log, clock, state, stallWatchers, die });
  const log: CallLog = {
    calls: [],
    nowMs: clock.nowMs,
    now: () => new Date(clock.nowMs()),
    advanceTo: clock.advanceTo,
    faultOf: () => null,
    onEffect: () => undefined,
    remote: async (service, name, effect) => {
      const fault = await start(name);
      const result = hasEffect(fault) ? happen(log, name, effect) : null;
      if (fault === 'late_effect') clock.at(clock.nowMs() + lateByMs, () => ignoringRefusal(effect));
      if (fault === 'process_dies_after') return die();
      if (result !== null && fault === null) return result.value;
      throw failureOf(service, name, fault);
    },
    inLedger: async (name, effect) => {
      const fault = await start(name);
      const value = effect();
      return fault === 'process_dies_after' ? die() : value;
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

interface LogInternals {
  log: CallLog;
  clock: ReturnType<typeof createClock>;
  state: { index: number; isDead: boolean };
  stallWatchers: (() => void)[];
  die: () => never;
}

/** The start of every call, before its effect. */
async function begin(name: string, { log, clock, state, stallWatchers, die }: LogInternals): Promise<Fault | null> {
  await Promise.resolve();
  if (state.isDead) die();
  clock.advanceTo(clock.nowMs() + 1);
  state.index += 1;
  if (!name.startsWith('ledger.')) log.onEffect(name);
  const fault = log.faultOf(name, state.index);
  if (fault === 'process_dies_before') return die();
  if (fault !== 'process_stalls') return fault;
  for (const notify of stallWatchers.splice(0)) notify();
  await new Promise<void>((resolve) => clock.at(clock.nowMs() + stallMs, resolve));
  return null;
}

const hasEffect = (fault: Fault | null): boolean =>
  fault === null || fault === 'process_dies_after' || fault === 'no_response_after';

function happen<Value>(log: CallLog, name: string, effect: () => Value): { value: Value } {
  log.calls.push(name);
  return { value: effect() };
}

function failureOf(service: Service, name: string, fault: Fault | null): ConnectorError {
  switch (fault) {
    case 'unreachable':
    case 'rate_limited':
    case 'unauthorized':
    case 'forbidden':
    case 'refused':
    case 'not_found':
      return new ConnectorError({ service, fault }, `${name} failed`, statusOf[fault]);
    case 'no_response_before':
    case 'no_response_after':
    case 'late_effect':
    case 'process_stalls':
    case 'process_dies_before':
    case 'process_dies_after':
    case null:
      return new ConnectorError({ service, fault: 'outcome_unknown' }, `${name} gave no answer`);
  }
}

const statusOf = {
  unreachable: {},
  rate_limited: { status: 429 },
  unauthorized: { status: 401 },
  forbidden: { status: 403 },
  refused: { status: 400 },
  not_found: { status: 404 },
} as const;

/** No caller waits for the response. */
function ignoringRefusal(effect: () => unknown): void {
  try {
    effect();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
  }
}
