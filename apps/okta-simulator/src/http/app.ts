import { probes, type ReadyCheck } from '@keycourier/runtime/probes';
import { createFaults } from '@keycourier/simulator-kit/faults';
import express, { type Express } from 'express';

import type { Org } from '../context.ts';
import { controls } from '../controls/controls.ts';
import { algorithms } from '../oauth/authenticate-client.ts';
import { grantToken } from '../oauth/grant-token.ts';
import { mountPath } from '../oidc/provider.ts';
import { serveSignIn } from '../oidc/sign-in.ts';
import { withRights } from '../roles/authorize.ts';
import { authenticate } from './authentication.ts';
import { faultBody } from './errors.ts';
import { createRateLimit, estimateRateLimit } from './rate-limit.ts';
import { routes } from './routes.ts';
import { answerErrors, answerNotFound, identifyRequest, serve } from './serve.ts';

/** Probes and controls need no token and have no rate limit; faults apply before everything else. */
export function createApp(
  org: Org,
  options: { tokens: readonly string[]; checks: Readonly<Record<string, ReadyCheck>> },
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const faults = createFaults(faultBody);
  const rateLimit = createRateLimit(org.settings);

  app.use(probes(options.checks));
  app.use(identifyRequest);
  app.use('/sim', faults.controls, express.json(), controls(org, rateLimit), answerNotFound);
  app.use(estimateRateLimit, faults.inject, rateLimit.limit);
  app.get('/.well-known/openid-configuration', (_request, response) => {
    response.json(openidConfiguration(org.issuerHost));
  });
  app.post('/oauth2/v1/token', express.urlencoded({ extended: false }), serve(org, grantToken));
  app.use(mountPath, serveSignIn(org));
  const authenticated = authenticate(org, options.tokens);
  const json = express.json({ limit: '1mb' });
  for (const [method, path, handler, scope] of routes)
    app[method](path, authenticated(scope), json, serve(org, withRights(handler, { method, path, scope })));
  app.use(authenticated(), answerNotFound);
  app.use(answerErrors(org));
  return app;
}

/** Clients read the issuer, whose host is the org's RP ID. */
function openidConfiguration(issuerHost: string): Record<string, unknown> {
  const issuer = `https://${issuerHost}`;
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/v1/authorize`,
    token_endpoint: `${issuer}/oauth2/v1/token`,
    userinfo_endpoint: `${issuer}/oauth2/v1/userinfo`,
    jwks_uri: `${issuer}/oauth2/v1/keys`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    dpop_signing_alg_values_supported: algorithms,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}
