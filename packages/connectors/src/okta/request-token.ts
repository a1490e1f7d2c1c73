import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { exchange, type HttpAnswer } from '../http/exchange.ts';
import { isSuccess, plainName } from '../http/fault-of-answer.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { standardTimeoutMs } from '../resilience.ts';
import { readClientKey } from './client-key.ts';
import { orgUrlOf, standardScopes, type OktaSettings, type ServiceApp } from './settings.ts';
import { signAssertion } from './sign-assertion.ts';

export interface AccessToken {
  /** `DPoP` needs a proof of the key that the token is bound to. */
  type: 'Bearer' | 'DPoP';
  value: string;
  lifeMs: number;
}

export interface TokenRequest {
  settings: OktaSettings;
  app: ServiceApp;
  /** Creates the DPoP proof for the token call, with the org's latest nonce. */
  proof: (url: URL) => Promise<string>;
  /** Stores the nonce of an answer, where it has one, for later proofs. */
  learnNonce: (answer: HttpAnswer) => void;
}

const tokenSchema = z.looseObject({
  token_type: z
    .string()
    .transform((type) => type.toLowerCase())
    .pipe(z.enum(['bearer', 'dpop'])),
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
});
const errorSchema = z.looseObject({ error: z.string() });

/**
 * Requests an access token from the org. If the first answer is a nonce for the proof, the request is sent once more.
 * @throws ConnectorError whose message names the token call and Okta's OAuth error code
 */
export async function requestToken(request: TokenRequest): Promise<AccessToken> {
  const first = await send(request);
  const needsNonce = errorOf(first) === 'use_dpop_nonce' && 'dpop-nonce' in first.headers;
  const answer = needsNonce ? await send(request) : first;
  if (!isSuccess(answer)) throw faultOfToken(answer);
  const token = tokenSchema.safeParse(answer.json);
  if (!token.success)
    throw new ConnectorError(
      { service: 'okta', fault: 'outcome_unknown' },
      'the token call answered something that is not a token',
    );
  const { access_token: value, expires_in: lifeSeconds, token_type: type } = token.data;
  return { type: type === 'dpop' ? 'DPoP' : 'Bearer', value, lifeMs: lifeSeconds * 1_000 };
}

async function send({ app, learnNonce, proof, settings }: TokenRequest): Promise<HttpAnswer> {
  const url = orgUrlOf(settings.orgUrl, '/oauth2/v1/token');
  const key = readClientKey(await app.privateKey(), app.keyId);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: (app.scopes ?? standardScopes).join(' '),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(key, app.clientId, url),
  });
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    dpop: await proof(url),
  };
  const timeoutMs = settings.timeoutMs ?? standardTimeoutMs;
  try {
    const answer = await exchange('okta', { method: 'POST', url, headers, body: body.toString() }, timeoutMs);
    learnNonce(answer);
    return answer;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const details = { ...(error.status === null ? {} : { status: error.status }), cause: error.cause };
    throw new ConnectorError({ service: 'okta', fault: error.fault }, `the token call: ${error.message}`, details);
  }
}

/** Never `not_found` or `refused`, which describe the caller's request: the token call is about our own credentials. */
function faultOfToken(answer: HttpAnswer): ConnectorError {
  const { status } = answer;
  const code = errorOf(answer);
  const message = `the token call answered ${status}${code === null ? '' : ` (${code})`}${skewOf(answer)}`;
  const waitMs = retryAfterMs(answer);
  const details = { status, ...(waitMs === null ? {} : { retryAfterMs: waitMs }) };
  if (status === 429) return new ConnectorError({ service: 'okta', fault: 'rate_limited' }, message, details);
  const isDefinite = status === 401 || status === 403 || (status >= 400 && status < 500 && code !== null);
  return new ConnectorError(
    { service: 'okta', fault: isDefinite ? 'unauthorized' : 'outcome_unknown' },
    message,
    details,
  );
}

function errorOf({ json, status }: HttpAnswer): string | null {
  const body = status >= 400 && status < 500 ? errorSchema.safeParse(json) : null;
  return body?.success === true ? plainName(body.data.error) : null;
}

/** Assertions and proofs contain times: the org refuses a clock that is minutes off, and its code does not say why. */
function skewOf({ headers }: HttpAnswer): string {
  const seconds = Math.round((Date.now() - Date.parse(headers['date'] ?? '')) / 1_000);
  if (Number.isNaN(seconds) || Math.abs(seconds) < 60) return '';
  return `; our clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the org's`;
}
