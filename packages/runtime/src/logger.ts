import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Keys that must never be logged, in any object. First of all, no code logs such objects. */
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

/** An error in a log entry: code, message and stack, and those of its cause; no other property. */
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
 * Writes each line to an open file synchronously. There is no flushSync on purpose: sonic-boom's, which pino calls after
 * `fatal`, retries a broken pipe forever, and a process whose parent is gone could not exit. Nothing is buffered here.
 */
export function linesTo(fileDescriptor: number): DestinationStream {
  const stream = pino.destination({ dest: fileDescriptor, sync: true });
  return { write: (line) => void stream.write(line) };
}

/**
 * A pino logger that writes JSON lines to stdout. Callers log ids, codes and states, and never pass personal data or PINs
 * to it (invariants 5 and 6). Redaction is a second safeguard: it is shallow by nature.
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
