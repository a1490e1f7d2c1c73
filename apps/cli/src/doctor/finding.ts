import { ConnectorError } from '@keycourier/journey/ports/errors';
import { ProcessError } from '@keycourier/runtime/errors';

/** The result of a check: a line that says what is wrong, and one that says how to fix it. */
export interface Finding {
  /** `skipped`: not checkable from here, or not before another finding is fixed. */
  status: 'green' | 'yellow' | 'red' | 'skipped';
  message: string;
  fix?: string;
}

export const green = (message: string): Finding => ({ status: 'green', message });
export const skipped = (message: string): Finding => ({ status: 'skipped', message });
export const yellow = (message: string, fix: string): Finding => ({ status: 'yellow', message, fix });
export const red = (message: string, fix: string): Finding => ({ status: 'red', message, fix });

const order = ['red', 'yellow', 'skipped'] as const;

/** The worst of several findings; `otherwise` if all are green. */
export function worst(findings: readonly Finding[], otherwise: Finding): Finding {
  for (const status of order) {
    const found = findings.find((finding) => finding.status === status);
    if (found !== undefined) return found;
  }
  return otherwise;
}

/** For a failed call in a check that is not about the call: another finding must be fixed first. */
export function skippedFor(error: unknown): Finding {
  if (error instanceof ProcessError) return skipped('the credentials cannot be read: see secrets');
  if (!(error instanceof ConnectorError)) throw error;
  if (error.fault === 'unauthorized') return skipped('the credentials are not accepted');
  return skipped(`${error.service} ${error.message}`);
}

/** For an error that no check expects. */
export function redFromError(error: unknown): Finding {
  const message = error instanceof Error ? firstLine(error.message) : 'unknown error';
  return red(message, 'fix what the message names');
}

export const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
