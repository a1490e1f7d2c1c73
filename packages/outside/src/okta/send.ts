import { exchange, type HttpAnswer, type HttpRequest } from '../http/exchange.ts';
import { isSuccess } from '../http/fault-of-answer.ts';
import type { Guard } from '../resilience.ts';
import { beforehand } from '../restate.ts';
import { authorize } from './authorize.ts';
import { faultOfOkta } from './fault-of-okta.ts';
import { standardTimeoutMs, type OktaSettings, type OktaSettingsOf } from './settings.ts';

export interface OktaRequest {
  method: HttpRequest['method'];
  /** Path and query. Whatever host a link of an answer names, requests go to the tenant's org. */
  path: string;
  body?: string;
  /** For what Okta tells everybody: no token is sent. */
  isPublic?: boolean;
}

export type SendToOkta = (request: OktaRequest) => Promise<HttpAnswer>;

/**
 * Sends a tenant's requests to its org; a GET is tried again, anything else is sent once.
 * @throws OutsideError for whatever is no success.
 */
export function createSend(settingsOf: OktaSettingsOf, guard: Guard): (tenant: string) => SendToOkta {
  return (tenant) => async (request) => {
    const { sent, timeoutMs } = await beforehand('okta', () => prepare(settingsOf(tenant), request));
    return guard(tenant, request.method === 'GET' ? 'read' : 'effect', async () => {
      const answer = await exchange('okta', sent, timeoutMs);
      if (!isSuccess(answer)) throw faultOfOkta(answer);
      return answer;
    });
  };
}

async function prepare(
  settings: OktaSettings,
  request: OktaRequest,
): Promise<{ sent: HttpRequest; timeoutMs: number }> {
  const { method, path, body, isPublic = false } = request;
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(isPublic ? {} : await authorize(settings)),
  };
  const sent = { method, url: below(settings.orgUrl, path), headers, ...(body === undefined ? {} : { body }) };
  return { sent, timeoutMs: settings.timeoutMs ?? standardTimeoutMs };
}

/** Set part by part: resolved as a reference, a path that begins with two slashes would name another host. */
function below(orgUrl: string, path: string): URL {
  const url = new URL(orgUrl);
  const [pathname = '/', ...query] = path.split('?');
  url.pathname = pathname;
  url.search = query.join('?');
  return url;
}
