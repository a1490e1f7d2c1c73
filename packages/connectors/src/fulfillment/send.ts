import { ConnectorError } from '@keycourier/journey/ports/errors';

import { createClassifyForbidden } from '../http/classify-forbidden.ts';
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
  /** Changes nothing at the provider, so it may be retried. Default: a GET is a read, and nothing else. */
  isRead?: boolean;
  /** Error statuses that the caller handles. */
  alsoAccepted?: readonly number[];
  expects?: HttpRequest['expects'];
}

export interface SendToProvider {
  /** @throws ConnectorError for any status that is neither a success nor in `alsoAccepted` */
  (request: FulfillmentRequest): Promise<HttpAnswer>;
  /** Reads what the provider publishes below `keysUrl`, without a token. */
  publishedKeys: (path: string) => Promise<HttpAnswer>;
  /** Identifies the set of published keys, for caches. */
  keysUrl: () => string;
}

interface SendOptions {
  isRead: boolean;
  alsoAccepted?: readonly number[];
}

/** Sends a tenant's requests to the provider; reads are retried, anything else is sent once. */
export function createSend(settingsOf: FulfillmentSettingsOf, guard: Guard): (tenant: string) => SendToProvider {
  const classifyForbidden = createClassifyForbidden();
  const sendOnce: SendOnce = (tenant, sent, { isRead, alsoAccepted = [] }) =>
    guard(tenant, isRead ? 'read' : 'effect', async () => {
      const answer = await exchange('fulfillment', sent, settingsOf(tenant).timeoutMs ?? standardTimeoutMs);
      if (!isSuccess(answer) && !alsoAccepted.includes(answer.status)) throw faultOfFulfillment(answer);
      return answer;
    });
  const send = async (tenant: string, request: FulfillmentRequest): Promise<HttpAnswer> => {
    const { isRead = request.method === 'GET', alsoAccepted = [] } = request;
    const sent = await prepareCall('fulfillment', () => prepare(settingsOf(tenant), request));
    return sendOnce(tenant, sent, { isRead, alsoAccepted });
  };
  const sendClassified = async (tenant: string, request: FulfillmentRequest): Promise<HttpAnswer> => {
    try {
      return await send(tenant, request);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      const neutral = { key: tenant, request: () => send(tenant, neutralRequest) };
      throw await classifyForbidden(error, isOfOneOrder(request) ? neutral : null);
    }
  };
  return (tenant) =>
    Object.assign((request: FulfillmentRequest) => sendClassified(tenant, request), {
      publishedKeys: (path: string) => readPublished(sendOnce, tenant, below(settingsOf(tenant).keysUrl, path)),
      keysUrl: () => settingsOf(tenant).keysUrl,
    });
}

type SendOnce = (tenant: string, sent: HttpRequest, options: SendOptions) => Promise<HttpAnswer>;

async function readPublished(sendOnce: SendOnce, tenant: string, url: URL): Promise<HttpAnswer> {
  try {
    return await sendOnce(tenant, { method: 'GET', url, headers: { accept: 'application/json' } }, { isRead: true });
  } catch (error) {
    throw isForbidden(error) ? refusedKeys(error) : error;
  }
}

/** A token that may place orders may list them. */
const neutralRequest: FulfillmentRequest = { method: 'GET', path: '/fpr/shipments?limit=1&offset=0' };

const isOfOneOrder = ({ method, path }: FulfillmentRequest): boolean =>
  path.startsWith('/fpr/shipments/') || (method === 'POST' && path === '/fpr/shipments');

const isForbidden = (error: unknown): error is ConnectorError =>
  error instanceof ConnectorError && error.fault === 'forbidden';

/** No token was sent, so the answer says nothing about it. */
const refusedKeys = ({ message }: ConnectorError): ConnectorError =>
  new ConnectorError({ service: 'fulfillment', fault: 'refused' }, `${message} for its published keys`, {
    status: 403,
  });

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
