import { waitUntil } from './wait-until.ts';

/** A service of the stack sent a status that the client does not expect. */
export class UnexpectedStatusError extends Error {
  readonly code = 'unexpected_status';
  readonly level = 'error';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'UnexpectedStatusError';
    this.status = status;
  }
}

export interface HttpResponse {
  status: number;
  headers: Headers;
  /** Parsed if it is JSON, else text. */
  body: unknown;
}

/** Makes one HTTP call to a service of the stack. */
export async function call(
  method: string,
  url: string,
  request: { headers?: Readonly<Record<string, string>>; body?: unknown } = {},
): Promise<HttpResponse> {
  const hasBody = request.body !== undefined;
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...request.headers,
    },
    ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
    signal: AbortSignal.timeout(120_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body };
}

/**
 * The same for calls that are expected to succeed. One that is refused because too many run or wait (429) did nothing, and is
 * made again.
 * @throws UnexpectedStatusError, WaitTimeoutError
 */
export async function callOk(...args: Parameters<typeof call>): Promise<unknown> {
  const { status, body } = await waitUntil(
    `${args[0]} ${new URL(args[1]).pathname}`,
    async () => {
      const response = await call(...args);
      return response.status === 429 ? null : response;
    },
    { everyMs: 2_000, stopAt: () => true },
  );
  if (status >= 300)
    throw new UnexpectedStatusError(
      `${args[0]} ${new URL(args[1]).pathname} answered ${status}: ${JSON.stringify(body).slice(0, 500)}`,
      status,
    );
  return body;
}
