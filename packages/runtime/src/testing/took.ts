const everyMs = 20;

/**
 * Milliseconds that the work took as this process saw them: a stretch in which the process did not run, since the machine
 * was busy with others, counts as one tick. For limits on how long something waits, not on how much it computes.
 */
export async function took<Value>(work: () => Promise<Value>): Promise<{ value: Value; ms: number }> {
  const startedAtMs = performance.now();
  let lastMs = startedAtMs;
  let heldMs = 0;
  const tick = (): void => {
    const nowMs = performance.now();
    const gapMs = nowMs - lastMs;
    if (gapMs > 2 * everyMs) heldMs += gapMs - everyMs;
    lastMs = nowMs;
  };
  const ticks = setInterval(tick, everyMs);
  try {
    const value = await work();
    tick();
    return { value, ms: lastMs - startedAtMs - heldMs };
  } finally {
    clearInterval(ticks);
  }
}
