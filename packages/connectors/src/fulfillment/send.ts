import { exchange, type HttpAnswer, type HttpRequest } from '../http/exchange.ts';
import { isSuccess } from '../http/fault-of-answer.ts';
import { standardTimeoutMs, type Guard } from '../resilience.ts';
import { prepareCall } from '../run-call.ts';
import { faultOfFulfillment } from './fault-of-fulfillment.ts';
import type { FulfillmentSettings, FulfillmentSettingsOf } from './settings.ts';

export interface FulfillmentRequest {
  method: HttpRequest['method'];
  /** Path and query below `apiUrl`, its ids escaped. */
  path: string;
  body?: unknown;
  /** Changes nothing at the provider and is tried again; only a GET is, unless told. */
  isRead?: boolean;
  /** Statuses that are no success and that the caller reads itself. */
  alsoTaken?: readonly number[];
  expects?: HttpRequest['expects'];
}

export interface SendToProvider {
  /** @throws ConnectorError for whatever is no success and not among `alsoTaken`. */
  (request: FulfillmentRequest): Promise<HttpAnswer>;
  /** What the provider publishes below `keysUrl` for everybody: no token is sent. */
  publishedKeys: (path: string) => Promise<HttpAnswer>;
  /** Names the set of published keys, for those who keep them. */
  keysUrl: () => string;
}

interface Expected {
  isRead: boolean;
  alsoTaken?: readonly number[];
}

/** Sends a tenant's requests to the provider; what only reads is tried again, anything else is sent once. */
export function createSend(settingsOf: FulfillmentSettingsOf, guard: Guard): (tenant: string) => SendToProvider {
  return (tenant) => {
    const send = (sent: HttpRequest, { isRead, alsoTaken = [] }: Expected): Promise<HttpAnswer> =>
      guard(tenant, isRead ? 'read' : 'effect', async () => {
        const answer = await exchange('fulfillment', sent, settingsOf(tenant).timeoutMs ?? standardTimeoutMs);
        if (!isSuccess(answer) && !alsoTaken.includes(answer.status)) throw faultOfFulfillment(answer);
        return answer;
      });
    return Object.assign(
      async (request: FulfillmentRequest) => {
        const { isRead = request.method === 'GET', alsoTaken = [] } = request;
        const sent = await prepareCall('fulfillment', () => prepare(settingsOf(tenant), request));
        return send(sent, { isRead, alsoTaken });
      },
      {
        publishedKeys: async (path: string) => {
          const url = below(settingsOf(tenant).keysUrl, path);
          return send({ method: 'GET', url, headers: { accept: 'application/json' } }, { isRead: true });
        },
        keysUrl: () => settingsOf(tenant).keysUrl,
      },
    );
  };
}

async function prepare(
  settings: FulfillmentSettings,
  { method, path, body, expects }: FulfillmentRequest,
): Promise<HttpRequest> {
  return {
    method,
    url: below(settings.apiUrl, path),
    headers: {
      accept: expects === 'text' ? 'text/csv' : 'application/json',
      authorization: `Bearer ${await settings.token()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    expects,
  };
}

function below(baseUrl: string, path: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
}
