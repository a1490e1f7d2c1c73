import { z } from 'zod';

import type { Connection } from '../connection/find-connection.ts';
import { CliError } from '../errors.ts';
import { refusalOf } from './refusal.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base URL, its ids escaped by {@link at}. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it comes; it is read once. */
  stream?: { body: ReadableStream<Uint8Array>; mediaType: string };
  idempotencyKey?: string;
  /** 30 s unless told. */
  timeoutMs?: number;
}

/** The API. Every call throws a CliError for whatever is no success, and for an answer of another shape. */
export interface Api {
  ask: <Shape extends z.ZodType>(shape: Shape, request: ApiRequest) => Promise<z.output<Shape>>;
  /** The bytes of an answer, as they come. */
  download: (path: string) => AsyncIterable<Uint8Array>;
}

export function createApi({ url, apiKey }: Connection): Api {
  return {
    ask: async (shape, request) => {
      const response = await send(url, apiKey, request);
      const body = readJson(await within(url, request, () => response.text()));
      if (response.status >= 300) throw refusalOf(response.status, body);
      const parsed = shape.safeParse(body);
      if (parsed.success) return parsed.data;
      const message = `The API answered ${request.path} with something else than expected:\n${z.prettifyError(parsed.error)}`;
      throw new CliError('bad_answer', message);
    },
    download: async function* download(path) {
      const request = { method: 'GET', path, timeoutMs: downloadTimeoutMs } as const;
      const response = await send(url, apiKey, request);
      if (response.status >= 300) throw refusalOf(response.status, readJson(await response.text()));
      const chunks = response.body?.getReader();
      for (;;) {
        const read = await within(url, request, async () => chunks?.read());
        if (read?.value === undefined) return;
        yield read.value;
      }
    },
  };
}

/** A path with ids in it: `` at`/v1/shipments/${id}` ``. */
export const at = (parts: TemplateStringsArray, ...ids: readonly string[]): string =>
  String.raw({ raw: parts }, ...ids.map(encodeURIComponent));

const standardTimeoutMs = 30_000;
const downloadTimeoutMs = 10 * 60_000;

async function send(base: string, apiKey: string, request: ApiRequest): Promise<Response> {
  const { method, path, stream, json, timeoutMs = standardTimeoutMs } = request;
  const url = new URL(`${base}${path}`);
  for (const [name, value] of Object.entries(request.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, value);
  return within(base, request, () =>
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
      // The key goes to the address that was named, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }),
  );
}

/** @throws CliError `unreachable` for whatever the connection throws */
async function within<Result>(
  base: string,
  { timeoutMs = standardTimeoutMs }: ApiRequest,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === 'TimeoutError';
    const why = isLate ? `did not answer within ${timeoutMs / 1_000} s` : `cannot be reached (${codeOf(cause)})`;
    throw new CliError('unreachable', `The API at ${base} ${why}: is it running, and is the URL right?`, { cause });
  }
}

function readJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** What fetch throws says little; its cause has the system's code, or a sentence. */
const failure = z.looseObject({
  cause: z.looseObject({ code: z.string().optional(), message: z.string().optional() }),
});

function codeOf(error: unknown): string {
  const { code, message } = failure.safeParse(error).data?.cause ?? {};
  return code ?? message ?? 'the connection failed';
}
