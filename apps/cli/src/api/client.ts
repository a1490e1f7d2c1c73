import { z } from 'zod';

import type { Connection } from '../connection/find-connection.ts';
import { CliError } from '../errors.ts';
import { errorOf } from './problem.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base URL, its ids escaped by {@link at}. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent unchanged, and read once. */
  stream?: { body: ReadableStream<Uint8Array>; mediaType: string };
  idempotencyKey?: string;
  /** What is said of a 404. */
  notFound?: string;
  /** Default: 30 s. */
  timeoutMs?: number;
}

/** The API. A call throws a CliError unless it succeeds with an answer of the expected shape. */
export interface Api {
  request: <Shape extends z.ZodType>(shape: Shape, request: ApiRequest) => Promise<z.output<Shape>>;
  /** The bytes of an answer, streamed. */
  download: (path: string) => AsyncIterable<Uint8Array>;
}

export const createApi = ({ url, apiKey }: Connection): Api => ({
  request: async (shape, request) => {
    const response = await send(url, apiKey, request);
    const body = readJson(await orUnreachable(url, request, () => response.text()));
    if (response.status >= 300) throw errorOf(response.status, body, request.notFound);
    const parsed = shape.safeParse(body);
    if (parsed.success) return parsed.data;
    const message = `The answer is not what this version of keycourier expects:\n${z.prettifyError(parsed.error)}`;
    throw new CliError('bad_answer', message);
  },
  download: async function* download(path) {
    const request = { method: 'GET', path, timeoutMs: downloadTimeoutMs } as const;
    const response = await send(url, apiKey, request);
    if (response.status >= 300) throw errorOf(response.status, readJson(await response.text()));
    const chunks = response.body?.getReader();
    for (;;) {
      const read = await orUnreachable(url, request, async () => chunks?.read());
      if (read?.value === undefined) return;
      yield read.value;
    }
  },
});

/** A path with escaped ids: `` at`/v1/shipments/${id}` ``. */
export const at = (parts: TemplateStringsArray, ...ids: readonly string[]): string =>
  String.raw({ raw: parts }, ...ids.map(encodeURIComponent));

const defaultTimeoutMs = 30_000;
const downloadTimeoutMs = 10 * 60_000;

async function send(base: string, apiKey: string, request: ApiRequest): Promise<Response> {
  const { method, path, stream, json, timeoutMs = defaultTimeoutMs } = request;
  const url = new URL(`${base}${path}`);
  for (const [name, value] of Object.entries(request.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, value);
  return orUnreachable(base, request, () =>
    fetch(url, {
      method,
      headers: {
        accept: 'application/json, application/problem+json, text/csv',
        authorization: `Bearer ${apiKey}`,
        'user-agent': 'keycourier-cli',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(stream === undefined ? {} : { 'content-type': stream.mediaType }),
        ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(stream === undefined ? {} : { body: stream.body, duplex: 'half' as const }),
      // The key must not follow a redirect to another address.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }),
  );
}

/** @throws CliError `unreachable` for any error of the connection */
async function orUnreachable<Result>(
  base: string,
  { timeoutMs = defaultTimeoutMs }: ApiRequest,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
    const reason = isTimeout ? `did not answer within ${timeoutMs / 1_000} s` : `cannot be reached (${codeOf(cause)})`;
    throw new CliError('unreachable', `The API at ${base} ${reason}. Check that it is running and the URL is right.`, {
      cause,
    });
  }
}

function readJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** The error of fetch is generic; its cause has the system's error code, or a message. */
const fetchError = z.looseObject({
  cause: z.looseObject({ code: z.string().optional(), message: z.string().optional() }),
});

function codeOf(error: unknown): string {
  const { code, message } = fetchError.safeParse(error).data?.cause ?? {};
  return code ?? message ?? 'the connection failed';
}
