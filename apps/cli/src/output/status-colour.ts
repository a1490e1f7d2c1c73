import type { Paint } from '../terminal.ts';

/** Green: completed, yellow: needs attention, red: failed. */
export function paintStatus(paint: Paint, status: string): string {
  switch (status) {
    case 'completed':
      return paint.green(status);
    case 'held':
      return paint.yellow(status);
    case 'failed':
      return paint.red(status);
    case 'cancelled':
      return paint.dim(status);
    default:
      return paint.cyan(status);
  }
}
