import { EventEmitter } from 'node:events';

import { ConnectorError, type Service } from '@keycourier/journey/ports/errors';
import type { JsonLimits } from '@keycourier/runtime/json/json-limits';
import { readJson } from '@keycourier/runtime/json/read-json';

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

/** An answer in JSON. The longest is a page of a thousand events of Okta's System Log, of some 100 values each. */
export const answerLimits: JsonLimits = {
  depth: 64,
  values: 500_000,
  members: 5_000,
  elements: 50_000,
  characters: standardMaxAnswerBytes,
  isTolerant: true,
};

/**
 * One HTTP request and its whole answer within `timeoutMs`, through the proxy of the environment where one is set. Redirects are not followed: a token never goes elsewhere.
 * Every answer is returned, refusals included.
 * @throws ConnectorError `unreachable` or `outcome_unknown`, its message without the name of the call
 */
export async function exchange(service: Service, sent: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  const proxy = proxyOf(sent.url);
  let timedOut = false;
  // undici takes an emitter as a signal. Its timer ends with the call; that of AbortSignal.timeout() would run on, and make an error of
  // each call. Of an AbortController, Node makes a hidden class each time, which only a collection of the whole heap frees.
  const deadline = new EventEmitter();
  const timer = setTimeout(() => {
    timedOut = true;
    deadline.emit('abort');
  }, timeoutMs);
  try {
    const answer = await dispatcherFor(sent.maxAnswerBytes ?? standardMaxAnswerBytes, proxy).request({
      origin: sent.url.origin,
      path: sent.url.pathname + sent.url.search,
      method: sent.method,
      headers: { 'user-agent': 'keycourier', ...sent.headers },
      body: sent.body ?? null,
      signal: deadline,
    });
    const bytes = await answer.body.bytes();
    return {
      status: answer.statusCode,
      headers: joined(answer.headers),
      text: new TextDecoder().decode(bytes),
      json: sent.expects === 'text' ? undefined : await parsed(service, answer.statusCode, bytes),
    };
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw faultOfSocket(service, error, { timedOut, proxy: proxy?.origin });
  } finally {
    clearTimeout(timer);
  }
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

async function parsed(service: Service, status: number, bytes: Uint8Array): Promise<unknown> {
  if (bytes.length === 0) return undefined;
  const result = await readJson(bytes, answerLimits);
  if (result.outcome === 'read') return result.json;
  if (status >= 300) return undefined;
  const { code } = result.fault;
  throw new ConnectorError(
    { service, fault: 'outcome_unknown' },
    code === 'not_json'
      ? `answered ${status} with something that is not JSON`
      : `answered ${status} with more than is read (${code})`,
    { status },
  );
}
