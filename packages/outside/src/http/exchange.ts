import { OutsideError, type Service } from '@keycourier/journey/errors';
import { Agent, request } from 'undici';

import { faultOfSocket } from './fault-of-socket.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case; a header that came several times has its values joined by commas. */
  headers: Readonly<Record<string, string>>;
  text: string;
  /** The parsed text; undefined where there is none, or where an answer that is no success holds no JSON. */
  json: unknown;
}

/** Connecting is given less time than the whole call, because only a connection that never was is known to have no effect. */
const connectTimeoutMs = 5_000;
const maxAnswerBytes = 10 * 1_024 * 1_024;

const agent = new Agent({
  connect: { timeout: connectTimeoutMs },
  maxResponseSize: maxAnswerBytes,
  // The deadline of the whole call rules these.
  headersTimeout: 0,
  bodyTimeout: 0,
});

/**
 * One HTTP request and its whole answer within `timeoutMs`. Redirects are not followed: a token never goes elsewhere.
 * @throws OutsideError `unreachable` or `lost`, its message without the name of the call. Whatever the service answered,
 * refusals included, is returned.
 */
export async function exchange(service: Service, sent: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(sent.url, {
      method: sent.method,
      headers: { ...sent.headers, 'user-agent': 'keycourier' },
      body: sent.body ?? null,
      dispatcher: agent,
      signal,
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      headers: joined(answer.headers),
      text,
      json: parsed(service, answer.statusCode, text),
    };
  } catch (error) {
    if (error instanceof OutsideError) throw error;
    throw faultOfSocket(service, error, { timedOut: signal.aborted });
  }
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function parsed(service: Service, status: number, text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    if (status >= 300) return undefined;
    throw new OutsideError(service, 'lost', `answered ${status} with something that is not JSON`, { status });
  }
}
