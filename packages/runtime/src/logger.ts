import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Keys that must never be logged, whatever object they arrive in. The first net is that nobody logs such objects. */
const secretKeys = [
  'authorization',
  'Authorization',
  'cookie',
  'token',
  'apiKey',
  'secret',
  'password',
  'pin',
  'profile',
  'text',
  'html',
];

/** A log entry's view of an error: code, message and stack, and the same of its cause; no other property. */
function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    type: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/**
 * Lines to an open file, each at once. sonic-boom's flushSync, which pino calls after `fatal`, tries a broken pipe again
 * for ever: a process whose parent is gone could not even exit. Nothing waits here to be flushed, so it is not offered.
 */
export function linesTo(fileDescriptor: number): DestinationStream {
  const stream = pino.destination({ dest: fileDescriptor, sync: true });
  return { write: (line) => void stream.write(line) };
}

/**
 * A pino logger that writes JSON lines to stdout. Callers log ids, codes and states; personal data and PINs are
 * never passed to it (invariants 5 and 6). Redaction is a second net: it is shallow by nature.
 */
export function createLogger(options: { name: string; level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      base: { name: options.name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => describeError(error) },
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    },
    options.destination ?? linesTo(1),
  );
}
