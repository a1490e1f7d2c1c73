/** A service of the stack answered what the driver did not expect. */
export class DriveError extends Error {
  readonly code = 'unexpected_answer';
  readonly level = 'error';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'DriveError';
    this.status = status;
  }
}

export interface Answered {
  status: number;
  headers: Headers;
  body: unknown;
}

/** One HTTP call to a service of the stack; `body` of the answer is parsed when it is JSON. */
export async function call(
  method: string,
  url: string,
  given: { headers?: Readonly<Record<string, string>>; body?: unknown } = {},
): Promise<Answered> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...given.headers,
    },
    ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body };
}

/** The same, for calls that can only succeed. @throws DriveError */
export async function callOk(...args: Parameters<typeof call>): Promise<unknown> {
  const { status, body } = await call(...args);
  if (status >= 300)
    throw new DriveError(
      `${args[0]} ${new URL(args[1]).pathname} answered ${status}: ${JSON.stringify(body).slice(0, 500)}`,
      status,
    );
  return body;
}
