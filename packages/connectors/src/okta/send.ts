import { ConnectorError } from '@keycourier/journey/ports/errors';

import { createClassifyForbidden } from '../http/classify-forbidden.ts';
import { exchange, type HttpAnswer, type HttpRequest } from '../http/exchange.ts';
import { isSuccess } from '../http/fault-of-answer.ts';
import { standardTimeoutMs, type Guard } from '../resilience.ts';
import { prepareCall } from '../run-call.ts';
import { apiTokenAccess, noAccess, type Access, type Renewed } from './access.ts';
import { challengeOf } from './challenge.ts';
import { faultOfOkta } from './fault-of-okta.ts';
import { createRateLimits, type Caller, type OktaLimitState } from './rate-limits.ts';
import { createServiceAppAccess, type ServiceAppAccess } from './service-app-access.ts';
import { orgUrlOf, type OktaSettings, type ReadOktaSettings } from './settings.ts';

export interface OktaRequest {
  method: HttpRequest['method'];
  /** Path and query. Requests go to the tenant's org, whichever host a link of an answer names. */
  path: string;
  body?: string;
  /** Besides those of every request: `if-match`, or another `user-agent`, which the org's System Log keeps. */
  headers?: Readonly<Record<string, string>>;
  /** A service app asks for a token of these for this request alone: one that was not granted would be refused for all. */
  scopes?: readonly string[];
  /** A public resource: no token is sent. */
  isPublic?: boolean;
  /** The call fails on a longer answer; 10 MiB by default. */
  maxAnswerBytes?: number;
}

export type SendToOkta = (request: OktaRequest) => Promise<HttpAnswer>;

/**
 * Sends a tenant's requests to its org. A GET is retried; anything else is sent once, and once more only when the org
 * rejected the credentials and they were renewed.
 * @throws ConnectorError for any answer that is no success
 */
export function createSend(
  settingsOf: ReadOktaSettings,
  guard: Guard,
  { now, onLimit }: { now: () => number; onLimit?: ((state: OktaLimitState) => void) | undefined },
): (tenant: string, caller?: Caller) => SendToOkta {
  const serviceAppAccess = createServiceAppAccess(guard, now);
  const classifyForbidden = createClassifyForbidden();
  const rateLimits = createRateLimits(now, onLimit);
  const send = async (tenant: string, request: OktaRequest, caller?: Caller): Promise<HttpAnswer> => {
    const once = async (): Promise<[HttpAnswer, Renewed | null]> => {
      const { access, settings } = await prepareCall('okta', async () => {
        const current = withScopes(await settingsOf(tenant), request.scopes);
        const isPublic = request.isPublic === true;
        return { settings: current, access: isPublic ? noAccess : await accessOf(tenant, current, serviceAppAccess) };
      });
      const learn = rateLimits.check({ tenant, share: settings.rateLimitShare }, request.path, caller);
      const answer = await guard(tenant, request.method === 'GET' ? 'read' : 'effect', () =>
        sendOnce(settings, request, { access, learn }),
      );
      return [answer, access.renew(answer)];
    };
    const tried = new Set<Renewed>();
    for (;;) {
      const [answer, renewed] = await once();
      if (isSuccess(answer)) return answer;
      if (renewed === null || tried.has(renewed)) throw faultOfOkta(answer);
      tried.add(renewed);
    }
  };
  return (tenant, caller) => async (request) => {
    try {
      return await send(tenant, request, caller);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.fault !== 'forbidden') throw error;
      const path = neutralPathOf(request.path);
      const list = () => send(tenant, { method: 'GET', path: path ?? '' }, caller);
      throw await classifyForbidden(error, path === null ? null : { key: `${tenant} ${path}`, request: list });
    }
  };
}

/**
 * A list that credentials may read, restricted to a resource set or not, unless they are refused as such; null where the
 * request itself is of no single user or group.
 */
function neutralPathOf(path: string): string | null {
  if (path.startsWith('/api/v1/groups/')) return '/api/v1/groups?limit=1';
  const isOfOneUser = path.startsWith('/api/v1/users/') || path.startsWith('/webauthn-registration/');
  return isOfOneUser ? '/api/v1/users?limit=1' : null;
}

const withScopes = ({ auth, ...settings }: OktaSettings, scopes: readonly string[] | undefined): OktaSettings => ({
  auth: 'token' in auth || scopes === undefined ? auth : { ...auth, scopes },
  ...settings,
});

async function accessOf(tenant: string, settings: OktaSettings, serviceApp: ServiceAppAccess): Promise<Access> {
  const { auth } = settings;
  return 'token' in auth ? apiTokenAccess(await auth.token()) : serviceApp(tenant, settings, auth);
}

/** @throws ConnectorError for an answer that is no success, unless it is about the credentials */
async function sendOnce(
  settings: OktaSettings,
  request: OktaRequest,
  { access, learn }: { access: Access; learn: (answer: HttpAnswer) => void },
): Promise<HttpAnswer> {
  const { method, path, body, maxAnswerBytes } = request;
  const url = orgUrlOf(settings.orgUrl, path);
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...request.headers,
    ...(await access.headers(method, url)),
  };
  const sent = { method, url, headers, maxAnswerBytes, ...(body === undefined ? {} : { body }) };
  const answer = await exchange('okta', sent, settings.timeoutMs ?? standardTimeoutMs);
  learn(answer);
  const isOfCredentials = answer.status === 401 || challengeOf(answer) !== null;
  if (!isSuccess(answer) && !isOfCredentials) throw faultOfOkta(answer);
  return answer;
}
