import { createServiceAppAccess } from '@keycourier/connectors/okta/service-app-access';
import { standardScopes, type OktaSettings } from '@keycourier/connectors/okta/settings';
import { createGuard } from '@keycourier/connectors/resilience';
import { outsideId } from '@keycourier/journey/model/outside-id';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { createSendToOrg, readCredentials, settingsOf } from '../../okta/org-access.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skipped, skippedFor, worst } from '../finding.ts';

const discovery = z.looseObject({ issuer: z.string() });
const users = z.array(z.looseObject({ id: outsideId }));

/** The org answers a public request. */
export const org: Check<TenantUnderCheck> = {
  name: 'okta.org',
  run: async ({ org: access, config }) => {
    const { orgUrl } = config.okta;
    try {
      const { json } = await createSendToOrg(access)({
        method: 'GET',
        path: '/.well-known/openid-configuration',
        isPublic: true,
      });
      if (!discovery.safeParse(json).success)
        return red(`${orgUrl} does not answer like an Okta org`, 'fix okta.orgUrl');
      return green(`${orgUrl} can be reached`);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return red(`${orgUrl} ${error.message}`, 'fix okta.orgUrl, or the network to it');
    }
  },
};

/** The org accepts the credentials. The next check covers their permissions. */
export const credentials: Check<TenantUnderCheck> = {
  name: 'okta.credentials',
  run: async ({ org: access }) => {
    const fix = 'fix okta.auth: create a new token, or register the key with the service app';
    try {
      await readCredentials(access);
      await createSendToOrg(access)({ method: 'GET', path: '/api/v1/users?limit=1' });
      return green('accepted');
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.fault !== 'unauthorized') return skippedFor(error);
      // Authenticated, but a permission is missing.
      const isKnown = error.status === 403 || /insufficient_scope|consent_required|invalid_scope/.test(error.message);
      return isKnown ? green('accepted') : red(`not accepted: ${error.message}`, fix);
    }
  },
};

const operations = [
  { what: 'read users', scope: 'okta.users.read', path: () => '/api/v1/users?limit=1' },
  { what: 'read groups', scope: 'okta.groups.read', path: () => '/api/v1/groups?limit=1' },
  {
    what: 'list enrollments',
    scope: 'okta.users.read',
    path: (userId: string) => `/webauthn-registration/api/v1/users/${encodeURIComponent(userId)}/enrollments`,
  },
] as const;

/** The credentials have the worker's permissions. Writes are not tried; for a service app, its scopes are checked. */
export const permissions: Check<TenantUnderCheck> = {
  name: 'okta.permissions',
  run: async ({ org: access }) => {
    const settings = settingsOf(access);
    const send = createSendToOrg(access);
    try {
      await readCredentials(access);
      const { json } = await send({ method: 'GET', path: '/api/v1/users?limit=1' }).catch(unlessForbidden);
      // For an unknown user, Okta answers 404 if the read is permitted.
      const userId = users.safeParse(json).data?.[0]?.id ?? 'unknown';
      const findings = await Promise.all(
        operations.map(async ({ what, scope, path }) =>
          tryRead(() => send({ method: 'GET', path: path(userId) }), what, scope),
        ),
      );
      return worst(
        [...findings, ...(await checkScopes(settings))],
        green('may read users and groups, and list enrollments'),
      );
    } catch (error) {
      return skippedFor(error);
    }
  },
};

const unlessForbidden = (error: unknown): { json: unknown } => {
  if (isForbidden(error)) return { json: undefined };
  throw error;
};

const isForbidden = (error: unknown): boolean => error instanceof ConnectorError && error.status === 403;

async function tryRead(read: () => Promise<unknown>, what: string, scope: string): Promise<Finding> {
  try {
    await read();
    return green(what);
  } catch (error) {
    if (isForbidden(error)) return missingPermission(what, scope);
    if (error instanceof ConnectorError && error.fault === 'not_found') return green(what);
    return skippedFor(error);
  }
}

const missingPermission = (what: string, scope: string): Finding =>
  red(
    `may not ${what} (${scope})`,
    `grant ${scope} to the service app, or the permission to the token's administrator`,
  );

/** Requests each scope alone, since Okta does not report which of several is missing. */
async function checkScopes(settings: OktaSettings): Promise<Finding[]> {
  const { auth } = settings;
  if ('token' in auth) return [];
  const findings = standardScopes.map(async (scope) => {
    const access = createServiceAppAccess(createGuard('okta'), Date.now);
    try {
      await access(scope, settings, { ...auth, scopes: [scope] });
      return green(scope);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.fault !== 'unauthorized') return skippedFor(error);
      return /consent_required|invalid_scope/.test(error.message)
        ? red(`the service app lacks ${scope}`, `grant it under Okta API Scopes of the app`)
        : skipped('the credentials are not accepted');
    }
  });
  return Promise.all(findings);
}
