/** A measurement cannot be made, or what it measures answers wrongly. */
export class BenchError extends Error {
  readonly code = 'bench_failed';
  readonly level = 'error';
}
