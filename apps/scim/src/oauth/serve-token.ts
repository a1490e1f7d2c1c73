import { admitKey } from '@keycourier/http/admit-key';
import { issueAccessToken, type AccessToken } from '@keycourier/ledger/directory/connections/access-tokens';
import { clientNetwork } from '@keycourier/runtime/client-network';
import type { Request, RequestHandler, Response } from 'express';

import type { Context } from '../context.ts';
import { hashOfToken, limitKeyOf } from '../http/presented-token.ts';
import { answerJson, type ScimAnswer } from '../http/scim-answer.ts';
import { answerFailure, answerWith, paramsOf, type Answering } from '../http/serve.ts';
import { noClient, readTokenRequest, type ClientRequest, type TokenRefusal } from './read-token-request.ts';

/** Below a connection's base URL. */
export const tokenPath = '/oauth/token';

/** A token is good for an hour: a client needs one, and a second one while it replaces it. */
const tokensPerMinute = 60;

/** OAuth's token endpoint (RFC 6749 §3.2) for the client credentials of a connection. */
export const serveToken =
  (context: Context): RequestHandler =>
  (request, response) =>
    answerWith(context, { method: 'post', path: tokenPath, request, response }, () =>
      answerToken(context, request, response),
    );

async function answerToken(context: Context, request: Request, response: Response): Promise<Answering> {
  const connectionId = paramsOf(request)['connection'] ?? '';
  const address = request.ip ?? '';
  const subject = clientNetwork(address);
  try {
    const read = await readTokenRequest(request);
    if (read.outcome === 'refused') return { answer: answerRefusal(read, request), subject };
    const admitted = await admitClient(context, { ...read, connectionId, address });
    if (admitted.outcome === 'unknown') return { answer: answerRefusal(noClient, request), subject };
    const tenant = admitted.outcome === 'admitted' ? admitted.found.tenant : admitted.by?.tenant;
    if (tenant !== undefined) context.accessLog.describe(response, { tenant, connection: connectionId });
    if (admitted.outcome === 'admitted') return { answer: answerIssued(admitted.found), subject };
    const { resetSeconds } = admitted.quota;
    const error = { error: 'temporarily_unavailable', error_description: `Retry in ${resetSeconds} seconds.` };
    const answer = oauth(429, error, { 'retry-after': String(resetSeconds) });
    return { answer, subject: tenant ?? subject };
  } catch (error) {
    const { status, headers } = answerFailure(context, error);
    const answer = oauth(status, { error: 'temporarily_unavailable', error_description: 'Retry later.' }, headers);
    return { answer, subject };
  }
}

const admitClient = (
  context: Context,
  { connectionId, clientId, clientSecret, address }: ClientRequest & { connectionId: string; address: string },
) =>
  admitKey<AccessToken>(
    {
      ...context,
      ownerOf: ({ tenant }) => ({ id: `${connectionId} oauth`, tenant, requestsPerMinute: tokensPerMinute }),
    },
    {
      key: limitKeyOf({ connectionId, hash: hashOfToken(clientSecret) }),
      address,
      lookUp: async () => {
        const issued = await issueAccessToken(context.tokenLedger, { connectionId, clientId, clientSecret });
        return issued !== null && context.tenants.has(issued.tenant) ? issued : null;
      },
    },
  );

const oauth = (
  status: number,
  body: Readonly<Record<string, string | number>>,
  headers: Readonly<Record<string, string>> = {},
): ScimAnswer => ({ ...answerJson(status, body, headers), mediaType: 'application/json' });

const answerIssued = ({ accessToken, expiresInSeconds }: AccessToken): ScimAnswer =>
  oauth(200, { access_token: accessToken, token_type: 'Bearer', expires_in: expiresInSeconds }, { pragma: 'no-cache' });

function answerRefusal({ error, description }: TokenRefusal, { headers }: Request): ScimAnswer {
  const body = { error, error_description: description };
  if (error !== 'invalid_client') return oauth(400, body);
  return oauth(401, body, headers.authorization === undefined ? {} : { 'www-authenticate': 'Basic realm="SCIM"' });
}
