import express, { type Router } from 'express';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { previewEvent } from '../event-hooks/preview-event.ts';
import { findGroup, groupSchema } from '../groups/group.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import { serve } from '../http/serve.ts';
import { revokeTokens } from '../oauth/access-token.ts';
import { registerApp, registrationSchema } from '../oauth/service-app.ts';
import { clientSchema, registerClient } from '../oidc/client.ts';
import { oidcSchema } from '../oidc/settings.ts';
import { makeToken, setRoles } from '../roles/admin-token.ts';
import { addIdentityProvider } from '../routing/identity-providers.ts';
import { routeSignIn } from '../routing/route-sign-in.ts';
import { settingsSchema } from '../store/settings.ts';
import { changeProfiles, setProfileSource } from '../users/profile-source.ts';
import { findUser } from '../users/user.ts';
import { changeHooks, changeLog, revokeCursors } from './event-controls.ts';
import * as provisioning from './provisioning-controls.ts';

const { challengeLifetimeMs, rateLimitPerMinute, rateWindowMs, tokenLifetimeMs } = settingsSchema.shape;

const challengeSchema = z.strictObject({ lifetimeMs: challengeLifetimeMs.unwrap() });
const rateLimitSchema = z.strictObject({
  limitPerMinute: rateLimitPerMinute.unwrap().optional(),
  windowMs: rateWindowMs.unwrap().optional(),
});
const tokensSchema = z.strictObject({ lifetimeMs: tokenLifetimeMs.unwrap() });

const changeChallenge: Handler = async (org, request) => {
  const { lifetimeMs } = parseBody(challengeSchema, request.body, 'challenge');
  await org.settings.change({ challengeLifetimeMs: lifetimeMs });
  return { status: 200, body: { lifetimeMs } };
};

const changeRateLimit: Handler = async (org, request) => {
  const { limitPerMinute, windowMs } = parseBody(rateLimitSchema, request.body, 'rate-limit');
  await org.settings.change({ rateLimitPerMinute: limitPerMinute, rateWindowMs: windowMs });
  const now = org.settings.current();
  return { status: 200, body: { limitPerMinute: now.rateLimitPerMinute, windowMs: now.rateWindowMs } };
};

const changeTokens: Handler = async (org, request) => {
  const { lifetimeMs } = parseBody(tokensSchema, request.body, 'tokens');
  await org.settings.change({ tokenLifetimeMs: lifetimeMs });
  return { status: 200, body: { lifetimeMs } };
};

const revokeAllTokens: Handler = async (org) => {
  await revokeTokens(org);
  return { status: 204 };
};

const forgetNonces: Handler = async (org) => {
  await org.db.query('delete from dpop_nonce');
  return { status: 204 };
};

const addApp: Handler = async (org, request) => ({
  status: 200,
  body: await registerApp(org.db, parseBody(registrationSchema, request.body, 'app')),
});

const addClient: Handler = async (org, request) => ({
  status: 200,
  body: await registerClient(org, parseBody(clientSchema, request.body, 'client')),
});

/** Replaces all of its settings: what the body leaves out has its default. */
const changeOidc: Handler = async (org, request) => {
  const oidc = parseBody(oidcSchema, request.body, 'oidc');
  await org.settings.change({ oidc });
  return { status: 200, body: oidc };
};

const groupTypeSchema = z.strictObject({ type: groupSchema.shape.type.exclude(['BUILT_IN']) });

/** As if an app had imported the group, or had let go of it: the API makes groups of one type alone. */
const setGroupType: Handler = async (org, request) => {
  const { id } = await findGroup(org.db, param(request, 'id'));
  const { type } = parseBody(groupTypeSchema, request.body, 'group');
  await org.db.query('update org_group set type = $2 where id = $1', [id, type]);
  return { status: 200, body: { id, type } };
};

const securityKeySchema = z.strictObject({ active: z.boolean() });

const setSecurityKey: Handler = async (org, request) => {
  const { id } = await findUser(org.db, param(request, 'id'));
  const { active } = parseBody(securityKeySchema, request.body, 'security-key');
  await org.db.query('update org_user set has_security_key = $2 where id = $1', [id, active]);
  return { status: 200, body: { active } };
};

/** The controls under /sim except the faults. A real org has none of them. */
export function controls(org: Org, rateLimit: RateLimit): Router {
  const router = express.Router();
  router.put('/enrollments/challenge', serve(org, changeChallenge));
  router.put('/hooks', serve(org, changeHooks));
  router.put('/log', serve(org, changeLog));
  router.delete('/log/cursors', serve(org, revokeCursors));
  router.put('/rate-limit', serve(org, changeRateLimit));
  router.get('/rate-limit', (_request, response) => {
    response.json(rateLimit.uses());
  });
  router.post('/apps', serve(org, addApp));
  router.put('/tokens', serve(org, changeTokens));
  router.delete('/tokens', serve(org, revokeAllTokens));
  router.delete('/nonces', serve(org, forgetNonces));
  router.put('/profiles', serve(org, changeProfiles));
  router.put('/users/:id/source', serve(org, setProfileSource));
  router.get('/users/:id/sign-in', serve(org, routeSignIn));
  router.post('/oidc/clients', serve(org, addClient));
  router.put('/oidc', serve(org, changeOidc));
  router.put('/users/:id/security-key', serve(org, setSecurityKey));
  router.put('/users/:id/roles', serve(org, setRoles));
  router.post('/users/:id/tokens', serve(org, makeToken));
  router.put('/groups/:id/type', serve(org, setGroupType));
  router.post('/idps', serve(org, addIdentityProvider));
  router.post('/events/preview', serve(org, previewEvent));
  addProvisioning(router, org);
  return router;
}

function addProvisioning(router: Router, org: Org): void {
  router.put('/provisioning', serve(org, provisioning.changeProvisioning));
  router.get('/provisioning', serve(org, provisioning.showProvisioning));
  router.get('/tasks', serve(org, provisioning.listTasks));
  router.post('/tasks/:taskId/retry', serve(org, provisioning.retryTask));
  router.delete('/tasks/:taskId', serve(org, provisioning.dismissTask));
  router.put('/apps/:appId', serve(org, provisioning.changeAppOptions));
  router.post('/apps/:appId/users/:userId/provision', serve(org, provisioning.provisionAppUser));
  router.post('/apps/:appId/force-sync', serve(org, provisioning.forceSync));
  router.post('/apps/:appId/group-push/mappings/:mappingId/push-now', serve(org, provisioning.pushNow));
  router.post('/apps/:appId/imports', serve(org, provisioning.startImport));
  router.get('/apps/:appId/imports', serve(org, provisioning.listImports));
  router.post('/users/:userId/sign-in', serve(org, provisioning.signIn));
}
