/** The condition of a test did not become true in time. */
class ConditionTimeoutError extends Error {
  readonly code = 'condition_timeout';
  readonly level = 'error';
}

/** Long enough for a machine that does much else: waiting longer costs nothing where the condition becomes true. */
export const untilTimeoutMs = 240_000;

/** A wait of seconds does not read forty times in each. */
const longestPauseMs = 100;

/** Reads until the value meets the condition. @throws ConditionTimeoutError with the last value, after four minutes */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  isMet: (value: Value) => boolean,
): Promise<Value> {
  const endsAt = Date.now() + untilTimeoutMs;
  let pauseMs = 25;
  for (;;) {
    const value = await read();
    if (isMet(value)) return value;
    if (Date.now() > endsAt) throw new ConditionTimeoutError(`The condition was not met: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.25);
  }
}
