import { createServiceAppAccess } from '@keycourier/connectors/okta/service-app-access';
import { standardScopes, type OktaSettings } from '@keycourier/connectors/okta/settings';
import { createGuard } from '@keycourier/connectors/resilience';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { openOrg, readCredentials, settingsOf } from '../../okta/open-org.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { gravest, green, red, skipped, type Finding } from '../finding.ts';
import { skipFor } from '../unless-green.ts';

const discovery = z.looseObject({ issuer: z.string() });
const someone = z.array(z.looseObject({ id: z.string() }));

/** Something of the org's that everybody may read is read. */
export const org: Check<TenantUnderCheck> = {
  name: 'okta.org',
  run: async ({ org: access, config }) => {
    const { orgUrl } = config.okta;
    try {
      const { json } = await openOrg(access)({
        method: 'GET',
        path: '/.well-known/openid-configuration',
        isPublic: true,
      });
      if (!discovery.safeParse(json).success)
        return red(`${orgUrl} does not answer as an org does`, 'correct okta.orgUrl');
      return green(`${orgUrl} is reached`);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return red(`${orgUrl} ${error.message}`, 'correct okta.orgUrl, or let this machine reach it');
    }
  },
};

/** The org knows who asks. What they may do is another matter. */
export const credentials: Check<TenantUnderCheck> = {
  name: 'okta.credentials',
  run: async ({ org: access }) => {
    const fix = 'correct okta.auth: make a new token, or register the key with the service app';
    try {
      await readCredentials(access);
      await openOrg(access)({ method: 'GET', path: '/api/v1/users?limit=1' });
      return green('the org accepts them');
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.fault !== 'unauthorized') return skipFor(error);
      // Known, and not allowed this: what is missing is a permission.
      const isKnown = error.status === 403 || /insufficient_scope|consent_required|invalid_scope/.test(error.message);
      return isKnown ? green('the org knows them') : red(`the org does not accept them: ${error.message}`, fix);
    }
  },
};

const reads = [
  { what: 'read users', scope: 'okta.users.read', path: () => '/api/v1/users?limit=1' },
  { what: 'read groups', scope: 'okta.groups.read', path: () => '/api/v1/groups?limit=1' },
  {
    what: 'list enrollments',
    scope: 'okta.users.read',
    path: (userId: string) => `/webauthn-registration/api/v1/users/${encodeURIComponent(userId)}/enrollments`,
  },
] as const;

/** The worker may do what it must. Writing is not tried, since that would write; for a service app its scopes tell. */
export const permissions: Check<TenantUnderCheck> = {
  name: 'okta.permissions',
  run: async ({ org: access }) => {
    const settings = settingsOf(access);
    const send = openOrg(access);
    try {
      await readCredentials(access);
      const { json } = await send({ method: 'GET', path: '/api/v1/users?limit=1' }).catch(unlessForbidden);
      // An id of nobody is answered with 404 by whoever would have let us look.
      const userId = someone.safeParse(json).data?.[0]?.id ?? 'nobody';
      const tried = await Promise.all(
        reads.map(async ({ what, scope, path }) =>
          tryRead(() => send({ method: 'GET', path: path(userId) }), what, scope),
        ),
      );
      return gravest(
        [...tried, ...(await checkScopes(settings))],
        green('it may read users and groups, and list enrollments'),
      );
    } catch (error) {
      return skipFor(error);
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
    if (isForbidden(error)) return lacks(what, scope);
    if (error instanceof ConnectorError && error.fault === 'not_found') return green(what);
    return skipFor(error);
  }
}

const lacks = (what: string, scope: string): Finding =>
  red(
    `it may not ${what} (${scope})`,
    `grant ${scope} to the service app, or give the token's administrator that permission`,
  );

/** Each scope is asked for alone: the org then says of each whether the app has it. */
async function checkScopes(settings: OktaSettings): Promise<Finding[]> {
  const { auth } = settings;
  if ('token' in auth) return [];
  const findings = standardScopes.map(async (scope) => {
    const access = createServiceAppAccess(createGuard('okta'), Date.now);
    try {
      await access(scope, settings, { ...auth, scopes: [scope] });
      return green(scope);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.fault !== 'unauthorized') return skipFor(error);
      return /consent_required|invalid_scope/.test(error.message)
        ? red(`the service app lacks ${scope}`, `grant it: Okta API scopes of the app`)
        : skipped('the credentials are not accepted');
    }
  });
  return Promise.all(findings);
}
