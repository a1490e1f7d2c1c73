import type { Paint } from '../terminal.ts';

/** The colour of a shipment's status: green for what went well, yellow for what waits for a person, red for the end. */
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
