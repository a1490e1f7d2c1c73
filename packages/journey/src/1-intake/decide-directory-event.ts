import type { Context } from '../ports/context.ts';
import type { DirectorySubject, InboundEvent, Verdict } from '../ports/ledger.ts';
import { productOfGroup } from './choose-product.ts';
import { directoryEvent, type DirectoryEvent } from './directory-event.ts';
import { unlessForbidden } from './read-requested-user.ts';
import { ignored, isOff, verdictFor } from './verdicts.ts';
import { welcome } from './welcome.ts';

/** Nothing is recorded: the event is decided about again later. */
export interface Undecided {
  verdict: 'not_yet';
  afterMs: number;
  why: string;
}

interface Decision {
  context: Context;
  tenant: string;
  event: DirectoryEvent;
  flowsOff: InboundEvent['flowsOff'];
}

/** What a write of a SCIM client asks for. Like Okta's events it may be late: what the directory says now counts. */
export async function decideDirectoryEvent(context: Context, received: InboundEvent): Promise<Verdict | Undecided> {
  const { tenant, body, flowsOff } = received;
  const parsed = directoryEvent.safeParse(body);
  if (!parsed.success) return ignored('the event cannot be read');
  const event = parsed.data;
  const decision = { context, tenant, event, flowsOff };
  switch (event.eventType) {
    case 'scim.group.member_added':
      return isOff(received, 'scim-group-add') ?? memberAdded(decision);
    case 'scim.group.member_removed':
      return isOff(received, 'cancel-leavers') ?? memberRemoved(decision);
    case 'scim.user.deactivated':
      return deactivated(decision, event.deactivatedAt ?? event.published);
    case 'scim.user.reactivated':
      return reactivated(decision, { isWelcomed: false, otherwise: 'no shipment of this person was suspended' });
    case 'scim.user.updated':
      return isOff(received, 'profile-recheck') ?? updated(decision);
    case 'scim.user.created':
      return created(decision);
  }
}

async function memberAdded(decision: Decision): Promise<Verdict> {
  const { context, tenant, event } = decision;
  const { personId, groupId = '', by } = event;
  if (isWithinGrace(context.tenant(tenant).deactivationGraceMs, event))
    return ignored('the person was inactive for less than the grace time');
  const membership = await context.directory.readMembership(tenant, { personId, groupId });
  if (membership === null) return ignored('the user is not in the group any more');
  const product = productOfGroup(context.tenant(tenant).groups, { id: groupId, name: membership.groupName });
  if (product === null) return ignored('the group has no product');
  if (!membership.isActive) return ignored('the person is inactive in the directory');
  const user = await resolve(decision);
  const wanted = { tenant, trigger: 'scim-group-add', groupId, product, directory: { personId, by } } as const;
  return verdictFor(user, { ...wanted, userId: user?.id ?? null });
}

/** Then all is as if nothing was; after it, the membership asks for a key anew, since what it asked for has been ended. */
const isWithinGrace = (graceMs: number, { published, inactiveSince }: DirectoryEvent): boolean =>
  inactiveSince !== undefined && published.getTime() - inactiveSince.getTime() < graceMs;

/** The user in Okta, by the Okta id or else by the login that the client sends; as it sends them where Okta refuses to say. */
async function resolve({
  context,
  tenant,
  event,
}: Decision): Promise<{ id: string | null; login: string | null } | null> {
  const { oktaUserId, userName } = event;
  const idOrLogin = oktaUserId ?? userName;
  if (idOrLogin === null) return null;
  return unlessForbidden<{ id: string | null; login: string | null } | null>(
    () => context.identity.readUser(tenant, idOrLogin),
    { id: oktaUserId, login: userName },
  );
}

async function memberRemoved({ context, tenant, event }: Decision): Promise<Verdict> {
  const { personId, groupId = '' } = event;
  if ((await context.directory.readMembership(tenant, { personId, groupId })) !== null)
    return ignored('the user is in the group');
  const person = await context.directory.findPerson(tenant, { personId, userId: null, login: null });
  if (person === null) return ignored('the person was deleted, which counts as a deactivation');
  const subject = { ...subjectOf(event), login: null };
  return { verdict: 'directory_leaver', subject, groupId, deactivatedAt: null, cancels: true, revokes: false };
}

/** First what can be undone, at once; what cannot, only when the person is still inactive after the grace time. */
async function deactivated(decision: Decision, deactivatedAt: Date): Promise<Verdict> {
  const { context, tenant, event, flowsOff } = decision;
  const until = new Date(deactivatedAt.getTime() + context.tenant(tenant).deactivationGraceMs);
  const subject = subjectOf(event);
  if (context.now() < until) return { verdict: 'suspend', subject, deactivatedAt, until };
  const cancels = !flowsOff.includes('cancel-leavers');
  const revokes = !flowsOff.includes('revoke-leavers');
  if (!cancels && !revokes) return ignored('flow off');
  const userId = event.oktaUserId ?? (await resolve(decision))?.id ?? null;
  const leaver = { ...subject, userId };
  return { verdict: 'directory_leaver', subject: leaver, groupId: null, deactivatedAt, cancels, revokes };
}

const reactivated = ({ event }: Decision, result: { isWelcomed: boolean; otherwise: string }): Verdict => ({
  verdict: 'reactivate',
  subject: subjectOf(event),
  ...result,
});

function updated({ context, tenant, event }: Decision): Verdict {
  const { sources } = context.tenant(tenant);
  if (!Object.values(sources).some((order) => order?.includes('scim')))
    return ignored('the directory is no source of profiles');
  const { personId, oktaUserId: userId, userName: login } = event;
  return { verdict: 'recheck', userId, login, personId };
}

/** Someone who was deleted and is created again is a new person of the directory with shipments of before. */
async function created(decision: Decision): Promise<Verdict | Undecided> {
  const { context, tenant, event } = decision;
  const { personId } = event;
  const person = await context.directory.findPerson(tenant, { personId, userId: null, login: null });
  if (person === null) return ignored('the person is not in the directory any more');
  if (person.inactiveSince !== null) return deactivated(decision, person.inactiveSince);
  const welcomed = await welcome(context, { tenant, personId });
  if (welcomed.outcome === 'not_yet')
    return { verdict: 'not_yet', afterMs: welcomed.afterMs, why: 'welcome mails are spaced' };
  if (welcomed.outcome === 'sent') return reactivated(decision, { isWelcomed: true, otherwise: '' });
  return reactivated(decision, { isWelcomed: false, otherwise: welcomed.reason });
}

const subjectOf = ({ personId, by, oktaUserId, userName }: DirectoryEvent): DirectorySubject => ({
  personId,
  by,
  userId: oktaUserId,
  login: userName,
});
