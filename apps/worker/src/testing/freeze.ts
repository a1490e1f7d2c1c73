/** Nothing else runs in this process for so long, as if it were stopped and continued. */
export function freeze(forMs: number): void {
  const endsAt = performance.now() + forMs;
  while (performance.now() < endsAt);
}
