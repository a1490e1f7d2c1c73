import { refusals } from '../refusals.ts';
import { isForSimulators, type Problem } from './urls.ts';

interface Times {
  polling: { firstAfter: number; every: number };
  stock: { every: number };
  reconcileAfter: number;
  catchUp: { every: number; overlap: number };
  registration?: { verifyEvery: number } | undefined;
  hubRegistration?: { verifyEvery: number } | undefined;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const dayMs = 86_400 * secondMs;

/** Times that would load a real provider without sense, or let a key wait for weeks. Simulators have short days. */
export function timingProblems(
  { polling, stock, reconcileAfter, catchUp, registration, hubRegistration }: Times,
  mode: string,
): Problem[] {
  if (isForSimulators(mode)) return atLeast(['polling', 'every'], polling.every, [100, '100ms']);
  return [
    ...atLeast(['polling', 'firstAfter'], polling.firstAfter, [10 * secondMs, '10s']),
    ...atMost(['polling', 'firstAfter'], polling.firstAfter, [dayMs, '1d']),
    ...atLeast(['polling', 'every'], polling.every, [minuteMs, '1m']),
    ...atMost(['polling', 'every'], polling.every, [2 * dayMs, '2d']),
    ...atLeast(['stock', 'every'], stock.every, [5 * minuteMs, '5m']),
    ...atMost(['stock', 'every'], stock.every, [2 * dayMs, '2d']),
    ...atLeast(['reconcileAfter'], reconcileAfter, [10 * secondMs, '10s']),
    ...atMost(['reconcileAfter'], reconcileAfter, [dayMs, '1d']),
    ...atMost(['catchUp', 'every'], catchUp.every, [60 * minuteMs, '1h']),
    ...atLeast(['catchUp', 'overlap'], catchUp.overlap, [minuteMs, '1m']),
    ...atMost(['catchUp', 'overlap'], catchUp.overlap, [dayMs, '1d']),
    ...Object.entries({ registration, hubRegistration }).flatMap(([name, settings]) =>
      settings === undefined ? [] : atLeast([name, 'verifyEvery'], settings.verifyEvery, [10 * minuteMs, '10m']),
    ),
  ];
}

type Limit = [limitMs: number, written: string];

const atLeast = (path: string[], valueMs: number, [limitMs, written]: Limit): Problem[] =>
  valueMs < limitMs ? [{ path, message: refusals.tooShort(written) }] : [];

const atMost = (path: string[], valueMs: number, [limitMs, written]: Limit): Problem[] =>
  valueMs > limitMs ? [{ path, message: refusals.tooLong(written) }] : [];
