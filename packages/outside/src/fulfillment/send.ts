import { exchange, type HttpAnswer, type HttpRequest } from '../http/exchange.ts';
import { isSuccess } from '../http/fault-of-answer.ts';
import type { Guard } from '../resilience.ts';
import { beforehand } from '../restate.ts';
import { faultOfFulfillment } from './fault-of-fulfillment.ts';
import { standardTimeoutMs, type FulfillmentSettings, type FulfillmentSettingsOf } from './settings.ts';

export interface FulfillmentRequest {
  method: HttpRequest['method'];
  /** Path and query below `apiUrl`, its ids escaped. */
  path: string;
  body?: unknown;
}

export interface SendToProvider {
  /** @throws OutsideError for whatever is no success. */
  (request: FulfillmentRequest): Promise<HttpAnswer>;
  /** What the provider publishes below `keysUrl` for everybody: no token is sent. */
  publishedKeys: (path: string) => Promise<HttpAnswer>;
  /** Names the set of published keys, for those who keep them. */
  keysUrl: () => string;
}

/** Sends a tenant's requests to the provider; a GET is tried again, anything else is sent once. */
export function createSend(settingsOf: FulfillmentSettingsOf, guard: Guard): (tenant: string) => SendToProvider {
  return (tenant) => {
    const send = (sent: HttpRequest, timeoutMs: number): Promise<HttpAnswer> =>
      guard(tenant, sent.method === 'GET' ? 'read' : 'effect', async () => {
        const answer = await exchange('fulfillment', sent, timeoutMs);
        if (!isSuccess(answer)) throw faultOfFulfillment(answer);
        return answer;
      });
    const timeoutMs = (): number => settingsOf(tenant).timeoutMs ?? standardTimeoutMs;
    return Object.assign(
      async (request: FulfillmentRequest) =>
        send(await beforehand('fulfillment', () => prepare(settingsOf(tenant), request)), timeoutMs()),
      {
        publishedKeys: async (path: string) => {
          const url = below(settingsOf(tenant).keysUrl, path);
          return send({ method: 'GET', url, headers: { accept: 'application/json' } }, timeoutMs());
        },
        keysUrl: () => settingsOf(tenant).keysUrl,
      },
    );
  };
}

async function prepare(
  settings: FulfillmentSettings,
  { method, path, body }: FulfillmentRequest,
): Promise<HttpRequest> {
  return {
    method,
    url: below(settings.apiUrl, path),
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${await settings.token()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

function below(baseUrl: string, path: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
}
