import { ConnectorError, type Service } from '@keycourier/journey/ports/errors';
import { request } from 'undici';

import { dispatcherFor } from './dispatcher.ts';
import { faultOfSocket } from './fault-of-socket.ts';
import { proxyOf } from './outbound-proxy.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** The format of a success; JSON by default. */
  expects?: 'json' | 'text' | undefined;
  /** The call fails on a longer answer; 10 MiB by default. */
  maxAnswerBytes?: number | undefined;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case; a header that came several times has its values joined by commas. */
  headers: Readonly<Record<string, string>>;
  text: string;
  /** The parsed text; undefined for an empty text, where text was expected, and for an error that is not JSON. */
  json: unknown;
}

const standardMaxAnswerBytes = 10 * 1_024 * 1_024;

/**
 * One HTTP request and its whole answer within `timeoutMs`, through the proxy of the environment where one is set. Redirects are not followed: a token never goes elsewhere.
 * Every answer is returned, refusals included.
 * @throws ConnectorError `unreachable` or `outcome_unknown`, its message without the name of the call
 */
export async function exchange(service: Service, sent: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const proxy = proxyOf(sent.url);
  try {
    const answer = await request(sent.url, {
      method: sent.method,
      headers: { ...sent.headers, 'user-agent': 'keycourier' },
      body: sent.body ?? null,
      dispatcher: dispatcherFor(sent.maxAnswerBytes ?? standardMaxAnswerBytes, proxy),
      signal,
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      headers: joined(answer.headers),
      text,
      json: sent.expects === 'text' ? undefined : parsed(service, answer.statusCode, text),
    };
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw faultOfSocket(service, error, { timedOut: signal.aborted, proxy: proxy?.origin });
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
    throw new ConnectorError(
      { service, fault: 'outcome_unknown' },
      `answered ${status} with something that is not JSON`,
      {
        status,
      },
    );
  }
}
