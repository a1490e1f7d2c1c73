/** A simulator was started where it must not run. */
export class SimulatorRefused extends Error {
  readonly code = 'simulator_refused';
  readonly level = 'fatal';
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Simulators run in the modes `local` (loopback only) and `simulators` (compose, an internal network), and nowhere else
 * (invariant 11).
 * @throws SimulatorRefused
 */
export function assertMayRun(name: string, setting: { mode: string; host: string }): void {
  if (setting.mode === 'simulators') return;
  if (setting.mode !== 'local')
    throw new SimulatorRefused(`${name} runs only with KEYCOURIER_MODE=local or simulators, not ${setting.mode}`);
  if (!loopback.has(setting.host))
    throw new SimulatorRefused(`${name} listens on loopback only, and HOST is ${setting.host}`);
}
