import { z } from 'zod';

import type { Org } from '../context.ts';
import type { Handler, OktaRequest } from '../http/handler.ts';
import { issueToken } from './access-token.ts';
import { authenticateClient } from './authenticate-client.ts';
import { currentNonce } from './dpop-nonce.ts';
import { OAuthError } from './errors.ts';
import type { ServiceApp } from './service-app.ts';
import { verifyTokenProof } from './verify-proof.ts';

const formSchema = z.looseObject({
  grant_type: z.string().catch(''),
  client_assertion_type: z.string().catch(''),
  client_assertion: z.string().catch(''),
  scope: z.string().catch(''),
});

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** `POST /oauth2/v1/token` for service apps: client credentials with private_key_jwt, the only way to `okta.*` scopes. */
export const grantToken: Handler = async (org, request) => {
  const form = formSchema.parse(request.body ?? {});
  if (form.grant_type !== 'client_credentials') throw new OAuthError('unsupported_grant_type');
  if (form.client_assertion === '') throw new OAuthError('missing_client_credentials');
  if (form.client_assertion_type !== assertionType) throw new OAuthError('client_assertion_type_invalid');
  const url = `${request.origin}/oauth2/v1/token`;
  const app = await authenticateClient(org, form.client_assertion, url);
  const jkt = app.dpop ? await verifyTokenProof(org, { ...proofOf(request), url }) : undefined;
  const scopes = grantedScopes(app, form.scope);
  const { lifeSeconds, token } = await issueToken(org, { clientId: app.clientId, jkt, scopes });
  return {
    status: 200,
    body: {
      token_type: app.dpop ? 'DPoP' : 'Bearer',
      expires_in: lifeSeconds,
      access_token: token,
      scope: scopes.join(' '),
    },
    headers: await tokenHeaders(org, app),
  };
};

function proofOf({ headers, method }: OktaRequest): { proof: string; method: string } {
  const { dpop: proof } = headers;
  if (proof === undefined) throw new OAuthError('invalid_dpop_proof_missing_header');
  return { proof, method };
}

/** Scopes without a grant are left out silently (terraform-provider-okta#2375), unless none is left. */
function grantedScopes(app: ServiceApp, text: string): string[] {
  const requested = [...new Set(text.split(' ').filter(Boolean))];
  if (requested.length === 0) throw new OAuthError('missing_scopes');
  if (!requested.every((scope) => scope.startsWith('okta.'))) throw new OAuthError('illegal_custom_scope');
  const granted = requested.filter((scope) => app.scopes.includes(scope));
  if (granted.length === 0) throw new OAuthError('no_org_scopes_granted');
  return granted;
}

async function tokenHeaders(org: Org, { dpop }: ServiceApp): Promise<Record<string, string>> {
  return { 'Cache-Control': 'no-cache, no-store', ...(dpop ? { 'DPoP-Nonce': await currentNonce(org) } : {}) };
}
