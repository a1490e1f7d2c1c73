import { z } from 'zod';

import { changeOrg } from '../context.ts';
import { notFound, validationFailed } from '../http/errors.ts';
import { param, parseBody, type Handler, type OktaRequest } from '../http/handler.ts';
import { capabilitiesSchema, findApp, type App } from './app.ts';
import { readConnection } from './connection.ts';
import { verifyConnection } from './set-connection.ts';

const name = 'USER_PROVISIONING';

function present({ origin }: OktaRequest, app: App): Record<string, unknown> {
  return {
    name,
    status: 'ENABLED',
    description: 'User provisioning settings from Okta to a downstream application',
    capabilities: app.capabilities,
    _links: {
      self: { href: `${origin}/api/v1/apps/${app.id}/features/${name}`, hints: { allow: ['GET', 'PUT'] } },
    },
  };
}

const notEnabled = (): Error => validationFailed('feature', ['Provisioning is not enabled for the app instance.']);

/** `GET /api/v1/apps/{appId}/features` */
export const listFeatures: Handler = async (org, request) => {
  const app = await findApp(org.db, param(request, 'appId'));
  const connection = await readConnection(org.db, app.id);
  if (connection?.status !== 'ENABLED') throw notEnabled();
  return { status: 200, body: [present(request, app)] };
};

/** `GET /api/v1/apps/{appId}/features/{featureName}` */
export const getFeature: Handler = async (org, request) => {
  const app = await findApp(org.db, param(request, 'appId'));
  const feature = param(request, 'featureName');
  if (feature !== name) throw notFound(feature, 'ApplicationFeature');
  return { status: 200, body: present(request, app) };
};

/** A partial change: what is not named stays. */
const bodySchema = z.looseObject({
  create: z.looseObject({}).optional(),
  update: z.looseObject({}).optional(),
});

/** `PUT /api/v1/apps/{appId}/features/{featureName}`: saving calls the server, as the admin UI does. */
export const updateFeature: Handler = async (org, request) => {
  const app = await findApp(org.db, param(request, 'appId'));
  const feature = param(request, 'featureName');
  if (feature !== name) throw notFound(feature, 'ApplicationFeature');
  const connection = await readConnection(org.db, app.id);
  if (connection?.status !== 'ENABLED') throw notEnabled();
  const { create, update } = parseBody(bodySchema, request.body, 'capabilities');
  const { capabilities: before } = app;
  const changed = { create: { ...before.create, ...create }, update: { ...before.update, ...update } };
  const capabilities = parseBody(capabilitiesSchema, changed, 'capabilities');
  await verifyConnection(org, app, connection);
  await changeOrg(org, (tx) =>
    tx.query('update app set capabilities = $2, last_updated = $3 where id = $1', [
      app.id,
      JSON.stringify(capabilities),
      org.now(),
    ]),
  );
  return { status: 200, body: present(request, { ...app, capabilities }) };
};
