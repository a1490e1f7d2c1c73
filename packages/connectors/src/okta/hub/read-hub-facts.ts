import { hubScopes, type HubFacts, type HubRole, type Read } from '@keycourier/journey/hub/judge-hub';
import { outsideId } from '@keycourier/journey/model/outside-id';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { segment } from '../../http/segment.ts';
import { createGuard } from '../../resilience.ts';
import { idSchema, userSchema } from '../schema.ts';
import { createSend, type SendToOkta } from '../send.ts';
import { createServiceAppAccess } from '../service-app-access.ts';
import type { OktaSettings } from '../settings.ts';
import { withScope } from '../system-log.ts';

type Scope = (typeof hubScopes)[number];
type SendWith = (scope: Scope) => SendToOkta;

/**
 * Reads in a hub what its credentials are and may do. It changes nothing there; each call has a token for its scope alone,
 * since an org may refuse a token for a missing one.
 * @throws what reading a private key throws
 */
export async function readHubFacts(settings: OktaSettings): Promise<HubFacts> {
  const guard = createGuard('okta', { maxConcurrent: 32, breakAfter: 1_000 });
  const sendOf = createSend((scope) => withScope(settings, scope), guard, { now: Date.now });
  const send: SendWith = (scope) => sendOf(scope);
  const missingScopes = await read(() => readMissingScopes(settings));
  const caller = await readCaller(settings, send, missingScopes);
  const path = 'value' in caller ? rolesPathOf(settings, caller.value.id) : null;
  const [users, groups, roles] = await Promise.all([
    read(() => countUsers(send('okta.users.manage'))),
    read(() => countGroups(send('okta.groups.manage'))),
    path === null ? notAccepted : read(() => readRoles(send('okta.roles.read'), path)),
  ]);
  return {
    kind: 'token' in settings.auth ? 'token' : 'app',
    caller,
    missingScopes,
    users,
    groups,
    roles,
  };
}

const notAccepted: Read<never> = { problem: 'the credentials are not accepted' };

async function read<Value>(run: () => Promise<Value>): Promise<Read<Value>> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof z.ZodError) return { problem: 'the hub does not answer like an Okta org' };
    if (!(error instanceof ConnectorError)) throw error;
    return { problem: `the hub ${error.message}`.replace(/^the hub the /, "the hub's ") };
  }
}

/** Okta shows an API token who it is as `me`. An app's access token has no user: that the token call accepts it is enough. */
async function readCaller(settings: OktaSettings, send: SendWith, scopes: Read<unknown>): Promise<HubFacts['caller']> {
  const { auth } = settings;
  if (!('token' in auth)) return 'problem' in scopes ? scopes : { value: { id: auth.clientId, login: null } };
  return read(async () => {
    const { json } = await send('okta.users.manage')({ method: 'GET', path: '/api/v1/users/me' });
    const { id, profile } = userSchema.parse(json);
    return { id, login: profile.login };
  });
}

async function readMissingScopes(settings: OktaSettings): Promise<readonly string[]> {
  const granted = await Promise.all(hubScopes.map((scope) => isGranted(settings, scope)));
  return hubScopes.filter((_scope, index) => granted[index] === false);
}

/** By a token call for this scope alone: Okta leaves out a scope without a grant, and refuses where none is left. */
async function isGranted(settings: OktaSettings, scope: Scope): Promise<boolean> {
  const { auth } = settings;
  if ('token' in auth) return true;
  try {
    await createServiceAppAccess(createGuard('okta'), Date.now)(scope, settings, { ...auth, scopes: [scope] });
    return true;
  } catch (error) {
    if (!(error instanceof ConnectorError) || !/consent_required|invalid_scope/.test(error.message)) throw error;
    return false;
  }
}

const ids = z.array(idSchema);

/** A list may name a user whom the caller may not read. */
async function countUsers(send: SendToOkta): Promise<number> {
  const { json } = await send({ method: 'GET', path: '/api/v1/users?limit=1' });
  const found = ids.parse(json);
  for (const { id } of found) await send({ method: 'GET', path: `/api/v1/users/${pathSegment(id)}` });
  return found.length;
}

/** Every org has at least the group Everyone. */
async function countGroups(send: SendToOkta): Promise<number> {
  const { json } = await send({ method: 'GET', path: '/api/v1/groups?limit=1' });
  return ids.parse(json).length;
}

const pathSegment = (id: string): string => encodeURIComponent(segment('okta', id));

const rolesPathOf = ({ auth }: OktaSettings, id: string): string =>
  'token' in auth ? `/api/v1/users/${pathSegment(id)}/roles` : `/oauth2/v1/clients/${pathSegment(id)}/roles`;

const roleSchema = z.looseObject({
  id: outsideId,
  type: z.string(),
  label: z.string().nullish(),
  status: z.string().nullish(),
  role: outsideId.nullish(),
  'resource-set': outsideId.nullish(),
});

type Role = z.output<typeof roleSchema>;

async function readRoles(send: SendToOkta, path: string): Promise<HubRole[]> {
  const { json } = await send({ method: 'GET', path });
  const active = z
    .array(roleSchema)
    .parse(json)
    .filter(({ status }) => status !== 'INACTIVE');
  return Promise.all(
    active.map((role) => (role.type === 'CUSTOM' ? readCustom(send, role) : readStandard(send, path, role))),
  );
}

/** Okta restricts these to groups, and answers 400 for the groups of others. */
const restrictable = ['USER_ADMIN', 'GROUP_MEMBERSHIP_ADMIN', 'HELP_DESK_ADMIN'];
const nothing = { permissions: [], holdsAll: { users: false, groups: false } };

async function readStandard(send: SendToOkta, path: string, { id, type, label }: Role): Promise<HubRole> {
  const role = { type, label: label ?? type, ...nothing };
  if (!restrictable.includes(type)) return { ...role, isRestricted: false };
  const { json } = await send({ method: 'GET', path: `${path}/${pathSegment(id)}/targets/groups?limit=1` });
  return { ...role, isRestricted: ids.parse(json).length > 0 };
}

/** With conditions a permission or a resource is a part of what its name says, and counts as none. */
const conditions = z.unknown().optional();
const permissionsSchema = z.looseObject({ permissions: z.array(z.looseObject({ label: z.string(), conditions })) });
const resourcesSchema = z.looseObject({ resources: z.array(z.looseObject({ orn: z.string().nullish(), conditions })) });
const isWhole = (one: { conditions?: unknown }): boolean => one.conditions === undefined || one.conditions === null;

/** `orn:okta:directory:00o…:users`; that of one group has more behind it. */
const ornOfAll = (kind: string): RegExp => new RegExp(`^orn:[^:]+:directory:[^:]+:${kind}$`);

async function readCustom(send: SendToOkta, { type, label, role, ...rest }: Role): Promise<HubRole> {
  const found = { type, label: label ?? type, isRestricted: true };
  const set = rest['resource-set'];
  if (role === null || role === undefined || set === null || set === undefined) return { ...found, ...nothing };
  const [ofRole, ofSet] = await Promise.all([
    send({ method: 'GET', path: `/api/v1/iam/roles/${pathSegment(role)}/permissions` }),
    send({ method: 'GET', path: `/api/v1/iam/resource-sets/${pathSegment(set)}/resources` }),
  ]);
  const whole = resourcesSchema.parse(ofSet.json).resources.filter(isWhole);
  const holds = (kind: string): boolean => whole.some(({ orn }) => ornOfAll(kind).test(orn ?? ''));
  const holdsAll = { users: holds('users'), groups: holds('groups') };
  return {
    ...found,
    isRestricted: !holdsAll.users || !holdsAll.groups,
    permissions: permissionsSchema
      .parse(ofRole.json)
      .permissions.filter(isWhole)
      .map(({ label: name }) => name),
    holdsAll,
  };
}
