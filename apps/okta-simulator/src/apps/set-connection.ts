import { z } from 'zod';

import { changeOrg, type Org } from '../context.ts';
import { notFound, validationFailed } from '../http/errors.ts';
import { flag, param, parseBody, type Handler, type OktaRequest } from '../http/handler.ts';
import { testCredentials } from '../provisioning/scim-client.ts';
import { ScimFailure } from '../provisioning/scim-failure.ts';
import { findApp, type App } from './app.ts';
import { readConnection, type Connection } from './connection.ts';

/** A base URL has no underscore; a simulated org may also call plain http. */
const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.includes('_'), { error: 'must not have an underscore' });

const bodySchema = z.looseObject({
  baseUrl: baseUrl.optional(),
  profile: z.looseObject({ authScheme: z.literal('TOKEN'), token: z.string().min(1).optional() }),
});

function present({ origin }: OktaRequest, connection: Connection): Record<string, unknown> {
  const self = `${origin}/api/v1/apps/${connection.app_id}/connections/default`;
  const verb = connection.status === 'ENABLED' ? 'deactivate' : 'activate';
  return {
    authScheme: 'TOKEN',
    baseUrl: connection.base_url,
    profile: { authScheme: 'TOKEN' },
    status: connection.status,
    _links: {
      self: { href: self, hints: { allow: ['GET', 'POST'] } },
      [verb]: { href: `${self}/lifecycle/${verb}`, hints: { allow: ['POST'] } },
    },
  };
}

/** @throws OktaError E0000001 with what the server answered */
export async function verifyConnection(org: Org, app: App, connection: Connection): Promise<void> {
  try {
    await testCredentials(org, { app, connection });
  } catch (error) {
    if (!(error instanceof ScimFailure)) throw error;
    throw validationFailed('connection', [`Error authenticating: ${error.message}`]);
  }
}

async function save(org: Org, connection: Connection): Promise<void> {
  await changeOrg(org, (tx) =>
    tx.query(
      `insert into app_connection (app_id, base_url, sealed_token, status) values ($1, $2, $3, $4)
       on conflict (app_id) do update set base_url = $2, sealed_token = $3, status = $4`,
      [connection.app_id, connection.base_url, connection.sealed_token, connection.status],
    ),
  );
}

/** `POST /api/v1/apps/{appId}/connections/default?activate=`: with `activate`, the server is called first. */
export const setConnection: Handler = async (org, request) => {
  const body = parseBody(bodySchema, request.body, 'connection');
  const app = await findApp(org.db, param(request, 'appId'));
  const before = await readConnection(org.db, app.id);
  const url = body.baseUrl ?? before?.base_url;
  const { token } = body.profile;
  const sealed = token === undefined ? before?.sealed_token : org.sealing.seal(token);
  if (url === undefined) throw validationFailed('baseUrl', ['baseUrl: The field cannot be left blank']);
  if (sealed === undefined) throw validationFailed('token', ['profile.token: The field cannot be left blank']);
  const activate = flag(request, 'activate', before?.status === 'ENABLED');
  const connection: Connection = {
    app_id: app.id,
    base_url: url,
    sealed_token: sealed,
    status: activate ? 'ENABLED' : 'DISABLED',
  };
  if (activate) await verifyConnection(org, app, connection);
  await save(org, connection);
  return { status: 200, body: present(request, connection) };
};

async function findConnection(org: Org, appId: string): Promise<Connection> {
  await findApp(org.db, appId);
  const connection = await readConnection(org.db, appId);
  if (connection === undefined) throw notFound(appId, 'ProvisioningConnection');
  return connection;
}

/** `GET /api/v1/apps/{appId}/connections/default` */
export const getConnection: Handler = async (org, request) => ({
  status: 200,
  body: present(request, await findConnection(org, param(request, 'appId'))),
});

/** `POST …/lifecycle/activate`: calls the server first. */
export const activateConnection: Handler = async (org, request) => {
  const connection = await findConnection(org, param(request, 'appId'));
  await verifyConnection(org, await findApp(org.db, connection.app_id), connection);
  await save(org, { ...connection, status: 'ENABLED' });
  return { status: 204 };
};

/** `POST …/lifecycle/deactivate`: nothing is sent, and tasks wait. */
export const deactivateConnection: Handler = async (org, request) => {
  await save(org, { ...(await findConnection(org, param(request, 'appId'))), status: 'DISABLED' });
  return { status: 204 };
};
