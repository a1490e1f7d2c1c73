import type { FoundGroup } from '../hub/group-changes.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { GroupCalls } from '../ports/hub-groups.ts';
import { tenantOfHub } from '../ports/hub.ts';
import type { Enrollment, IdentityPort, IdentityUser } from '../ports/identity.ts';
import type { CallLog } from './call-log.ts';

/** An org that keeps state: users, groups and enrollments. Tests may change all of it. */
export interface OktaOrg {
  users: IdentityUser[];
  groups: { id: string; name: string; members: string[] }[];
  enrollments: (Enrollment & { userId: string; keyId: string })[];
  pinMails: string[];
  /** Custom attributes, by the user's id. */
  attributes: Map<string, Map<string, string | boolean>>;
  enrollmentsCreated: number;
  /** `activate` works, and returns another enrollment's id. */
  answersForeignIds: boolean;
}

export function createOktaOrg(user: IdentityUser): OktaOrg {
  return {
    users: [user],
    groups: [],
    enrollments: [],
    pinMails: [],
    attributes: new Map(),
    enrollmentsCreated: 0,
    answersForeignIds: false,
  };
}

/** A tenant's org, and its hub: two orgs that know nothing of each other. */
export function oktaPort(orgs: { spoke: OktaOrg; hub: OktaOrg }, log: CallLog): IdentityPort {
  const of = (name: string): OktaOrg => (tenantOfHub(name) === null ? orgs.spoke : orgs.hub);
  const call = <Value>(name: string, effect: () => Value): Promise<Value> => log.remote('okta', `okta.${name}`, effect);
  return {
    readUser: (tenant, idOrLogin) => call('readUser', () => findUser(of(tenant), idOrLogin)),
    readGroup: (tenant, groupId) => call('readGroup', () => of(tenant).groups.find(({ id }) => id === groupId) ?? null),
    isMember: (tenant, groupId, userId) =>
      call('isMember', () => of(tenant).groups.some(({ id, members }) => id === groupId && members.includes(userId))),
    listEnrollments: (tenant, userId) =>
      call('listEnrollments', () => {
        knownUser(of(tenant), userId);
        return of(tenant)
          .enrollments.filter((one) => one.userId === userId)
          .map(({ id, status, createdAt }) => ({ id, status, createdAt }));
      }),
    enroll: (tenant, { userId }) => call('enroll', () => enroll(of(tenant), log, userId)),
    deleteEnrollment: (tenant, userId, enrollmentId) =>
      call('deleteEnrollment', () => {
        ownEnrollment(of(tenant), userId, enrollmentId);
        of(tenant).enrollments = of(tenant).enrollments.filter(({ id }) => id !== enrollmentId);
      }),
    markEnrollmentError: (tenant, userId, enrollmentId) =>
      call('markEnrollmentError', () => {
        ownEnrollment(of(tenant), userId, enrollmentId).status = 'failed';
      }),
    activate: (tenant, request) => call('activate', () => activate(of(tenant), request)),
    sendPin: (tenant, userId, enrollmentId) =>
      call('sendPin', () => {
        ownEnrollment(of(tenant), userId, enrollmentId);
        of(tenant).pinMails.push(enrollmentId);
      }),
    readRegistration: (tenant, userId, target) =>
      call('readRegistration', () => readRegistration(of(tenant), userId, target)),
    writeAttribute: (tenant, { userId, name, value }) =>
      call('writeAttribute', () => {
        knownUser(of(tenant), userId);
        of(tenant).attributes.set(userId, new Map([...(of(tenant).attributes.get(userId) ?? []), [name, value]]));
        return null;
      }),
    setMembership: (tenant, { userId, groupId, isMember }) =>
      call('setMembership', () => {
        const group = of(tenant).groups.find(({ id }) => id === groupId);
        if (group === undefined) throw new ConnectorError({ service: 'okta', fault: 'not_found' }, 'no such group');
        group.members = [...group.members.filter((id) => id !== userId), ...(isMember ? [userId] : [])];
        return null;
      }),
    ...groupCalls(orgs.spoke, call),
  };
}

type Call = <Value>(name: string, effect: () => Value) => Promise<Value>;

function groupCalls(org: OktaOrg, call: Call): GroupCalls {
  const toFound = ({ id, name }: OktaOrg['groups'][number]): FoundGroup => ({
    id,
    name,
    type: 'OKTA_GROUP',
    description: null,
  });
  const find = (groupId: string) => org.groups.find(({ id }) => id === groupId);
  return {
    hostOf: async () => 'acme.okta.example',
    findGroup: (_, id) =>
      call('findGroup', () => org.groups.filter((group) => group.id === id).map(toFound)[0] ?? null),
    findGroupsNamed: (_, name) =>
      call('findGroupsNamed', () => org.groups.filter((group) => group.name === name).map(toFound)),
    createGroup: (_, { name }) =>
      call('createGroup', () => {
        const group = { id: `00g${org.groups.length}`, name, members: [] };
        org.groups.push(group);
        return toFound(group);
      }),
    updateGroup: (_, { id, name }) => call('updateGroup', () => void Object.assign(find(id) ?? {}, { name })),
    deleteGroup: (_, id) =>
      call('deleteGroup', () => {
        org.groups = org.groups.filter((group) => group.id !== id);
      }),
    listMembers: (_, id) => call('listMembers', () => ({ ids: find(id)?.members ?? [], next: null })),
  };
}

function readRegistration(
  org: OktaOrg,
  userId: string,
  { attribute, group }: Parameters<IdentityPort['readRegistration']>[2],
): Awaited<ReturnType<IdentityPort['readRegistration']>> {
  const user = findUser(org, userId);
  if (user === null) return null;
  const found = org.groups.find(({ id, name }) => id === group?.id || name === group?.name);
  return {
    status: user.status,
    attribute: org.attributes.get(user.id)?.get(attribute ?? '') ?? null,
    group: group === null ? null : { id: found?.id ?? null, isMember: found?.members.includes(user.id) ?? false },
    version: null,
  };
}

function findUser({ users }: OktaOrg, idOrLogin: string): IdentityUser | null {
  return users.find(({ id, login }) => id === idOrLogin || login.toLowerCase() === idOrLogin.toLowerCase()) ?? null;
}

function knownUser(org: OktaOrg, userId: string): IdentityUser {
  const user = org.users.find(({ id }) => id === userId);
  if (user === undefined)
    throw new ConnectorError({ service: 'okta', fault: 'not_found' }, 'no such user', { status: 404 });
  return user;
}

function ownEnrollment(org: OktaOrg, userId: string, enrollmentId: string): OktaOrg['enrollments'][number] {
  knownUser(org, userId);
  const enrollment = org.enrollments.find((one) => one.userId === userId && one.id === enrollmentId);
  if (enrollment === undefined)
    throw new ConnectorError({ service: 'okta', fault: 'not_found' }, 'no such enrollment', { status: 404 });
  return enrollment;
}

function enroll(org: OktaOrg, log: CallLog, userId: string): Awaited<ReturnType<IdentityPort['enroll']>> {
  knownUser(org, userId);
  org.enrollmentsCreated += 1;
  const [id, keyId] = [`fwf${org.enrollmentsCreated}`, `key${org.enrollmentsCreated}`];
  org.enrollments.push({ id, keyId, userId, status: 'pending', createdAt: log.now() });
  return {
    enrollmentId: id,
    keyId,
    pinRequestJwe: `pin request ${keyId}`,
    credRequestJwe: `credential request ${keyId}`,
  };
}

function activate(
  org: OktaOrg,
  { userId, enrollmentId, credResponseJwe }: Parameters<IdentityPort['activate']>[1],
): { enrollmentIds: string[] } {
  const enrollment = ownEnrollment(org, userId, enrollmentId);
  if (enrollment.status !== 'pending' || credResponseJwe !== `credential response ${enrollment.keyId}`)
    throw new ConnectorError({ service: 'okta', fault: 'refused' }, 'activate was refused', { status: 400 });
  enrollment.status = 'active';
  return { enrollmentIds: [org.answersForeignIds ? 'foreign' : enrollmentId] };
}
