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

/** Whether too many calls run or wait (429), or the database was too late (503 that says when to retry), as on a busy machine. */
const isPutOff = ({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>): boolean =>
  status === 429 || (status === 503 && headers.has('retry-after'));

/** Makes a call again as long as it is put off. @throws WaitTimeoutError */
export const untilServed = <Response extends Pick<HttpResponse, 'status' | 'headers'>>(
  what: string,
  make: () => Promise<Response>,
): Promise<Response> =>
  waitUntil(
    what,
    async () => {
      const response = await make();
      return isPutOff(response) ? null : response;
    },
    { everyMs: 2_000, stopAt: () => true },
  );

/** The same as {@link call}, until it is served. */
export const callUntilServed = (...args: Parameters<typeof call>): Promise<HttpResponse> =>
  untilServed(`${args[0]} ${new URL(args[1]).pathname}`, () => call(...args));

/**
 * The same for calls that are expected to succeed.
 * @throws UnexpectedStatusError, WaitTimeoutError
 */
export async function callOk(...args: Parameters<typeof call>): Promise<unknown> {
  const { status, body } = await callUntilServed(...args);
  if (status >= 300)
    throw new UnexpectedStatusError(
      `${args[0]} ${new URL(args[1]).pathname} answered ${status}: ${JSON.stringify(body).slice(0, 500)}`,
      status,
    );
  return body;
}
