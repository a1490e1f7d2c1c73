/** The condition of a test did not become true in time. */
class ConditionTimeoutError extends Error {
  readonly code = 'condition_timeout';
  readonly level = 'error';
}

const timeoutMs = 60_000;

/** Reads until the value meets the condition. @throws ConditionTimeoutError with the last value, after a minute */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  isMet: (value: Value) => boolean,
): Promise<Value> {
  const endsAt = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isMet(value)) return value;
    if (Date.now() > endsAt) throw new ConditionTimeoutError(`The condition was not met: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
