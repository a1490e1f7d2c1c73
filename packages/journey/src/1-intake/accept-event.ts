import type { Purpose } from '../model/purpose.ts';
import type { StockedProduct } from '../model/tenant.ts';
import type { Context } from '../ports/context.ts';
import { isTransient, ConnectorError } from '../ports/errors.ts';
import type { Chain, InboundEvent, KeyVerdict, RecordedVerdict, Verdict } from '../ports/ledger.ts';
import { failureOf, retryAfterMs } from '../steps/backoff.ts';
import { done, later, type EventEnd } from '../steps/outcome.ts';
import { chooseProduct, productOfGroup, purposeOf } from './choose-product.ts';
import { decideDirectoryEvent, type Undecided } from './decide-directory-event.ts';
import { oktaEvent, parseEvent, personOfHub, publishedAt, type ParsedEvent, type RequestedKey } from './okta-event.ts';
import { writeOf } from './own-write.ts';
import { mayBeMember, readRequestedUser } from './read-requested-user.ts';
import { ignored, isOff, setAside, verdictFor, type WantedKey } from './verdicts.ts';

/**
 * Decides once what a recorded event asks for: it creates a shipment, sends held shipments back to the check, offboards a
 * leaver, or is ignored with a reason. No event is an error; a failed call to Okta only delays it.
 */
export async function acceptEvent(context: Context, eventId: string, chain: Chain): Promise<EventEnd> {
  const event = await context.ledger.readEvent(eventId);
  if (event === null || event.state !== 'received') return done('already decided');
  let verdict: Verdict | Undecided;
  try {
    verdict = event.source === 'scim' ? await decideDirectoryEvent(context, event) : await decide(context, event);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    if (!isTransient(error)) context.alarm('event_waits', { event: eventId, status: error.status });
    return later(retryAfterMs(error, event.failures + 1), error.message, failureOf(error));
  }
  if (verdict.verdict === 'not_yet') return later(verdict.afterMs, verdict.why);
  const recorded = await context.ledger.recordVerdict(eventId, verdict, chain);
  if (recorded.outcome === 'check_under_way') return later(recheckAfterMs, 'a check of this user is running');
  if (verdict.verdict === 'suspend' && recorded.outcome === 'suspended')
    return later(Math.max(0, verdict.until.getTime() - context.now().getTime()), describe(recorded));
  for (const reason of setAsideReasons(recorded)) context.alarm('key_set_aside', { event: eventId, reason });
  const isGoingOn = recorded.outcome === 'created' && recorded.next !== undefined;
  return { ...done(describe(recorded)), ...(isGoingOn ? { next: recorded.next } : {}) };
}

const setAsideReasons = (recorded: RecordedVerdict): string[] =>
  (recorded.outcome === 'several_keys' ? recorded.keys : [recorded]).flatMap((one) =>
    one.outcome === 'set_aside' ? [one.reason] : [],
  );

function describe(recorded: Exclude<RecordedVerdict, { outcome: 'check_under_way' }>): string {
  switch (recorded.outcome) {
    case 'several_keys':
      return recorded.keys.map(describe).join('; ');
    case 'created':
      return `created ${recorded.shipmentId}`;
    case 'rechecked':
    case 'offboarded':
    case 'suspended':
    case 'reactivated':
      return `${recorded.outcome} ${recorded.shipmentIds.join(' ')}`;
    case 'ignored':
      return `ignored: ${recorded.reason}`;
    case 'welcomed':
      return 'welcomed';
    case 'set_aside':
      return `set aside: ${recorded.reason}`;
  }
}

const recheckAfterMs = 1_000;

/** A hook brings most events within seconds; one that is older comes from the System Log or a long queue. */
const lateAfterMs = 5 * 60_000;

async function decide(context: Context, received: InboundEvent): Promise<Verdict | Undecided> {
  const { tenant, body } = received;
  const parsed = oktaEvent.safeParse(body);
  if (!parsed.success) return ignored('the event cannot be read');
  const event = parseEvent(parsed.data);
  const published = publishedAt(parsed.data);
  await noteForHub(context, tenant, event);
  const write = await writeOf(context, tenant, { event: parsed.data, parsed: event });
  if (write === 'unclear')
    return { verdict: 'not_yet', afterMs: recheckAfterMs, why: 'a registration of this user is being written' };
  if (write === 'ours') return ignored('our own write of a registration');
  const person = personOfHub(parsed.data);
  if (person !== null) await context.mirrors.require(tenant, person);
  switch (event.kind) {
    case 'ignored':
      return ignored(event.reason);
    case 'set-aside':
      return setAside(event.reason);
    case 'activated':
    case 'group-changed':
      return ignored('not an event that asks for a key');
    case 'profile-changed':
      return isOff(received, 'profile-recheck') ?? { verdict: 'recheck', userId: event.userId, login: event.login };
    case 'group-add':
      return isOff(received, 'group-add') ?? groupAdd(context, tenant, { ...event, published });
    case 'group-remove':
      return isOff(received, 'cancel-leavers') ?? groupRemove(context, tenant, event);
    case 'deactivated':
      return deactivated(context, received, event.userId);
    case 'mfa-initiated':
      return isOff(received, 'mfa-initiated') ?? mfaInitiated(context, tenant, event);
  }
}

/** Before the verdict, and for each: after a kill in between, the event makes the same due once more. */
async function noteForHub({ groups }: Context, tenant: string, event: ParsedEvent): Promise<void> {
  if (event.kind === 'group-changed') await groups.noteGroup(tenant, event.groupId);
  if (event.kind === 'group-add' || event.kind === 'group-remove')
    await groups.noteMember(tenant, { groupId: event.groupId, userId: event.userId });
}

async function groupAdd(
  context: Context,
  tenant: string,
  { userId, groupId, published }: { userId: string; groupId: string; published: Date | null },
): Promise<Verdict> {
  const { groups } = context.tenant(tenant);
  const byId = productOfGroup(groups, { id: groupId, name: null });
  // The name in the event is not trusted (invariant 8): only Okta's answer of now counts.
  const isNamed = byId === null && groups.some(({ name }) => name !== undefined);
  const group = isNamed ? await context.identity.readGroup(tenant, groupId) : null;
  const product = byId ?? (group === null ? null : productOfGroup(groups, group));
  if (product === null) return ignored('the group has no product');
  const ageMs = published === null ? 0 : context.now().getTime() - published.getTime();
  // What took the user out of the group may have been read and decided before.
  if (ageMs > lateAfterMs && !(await mayBeMember(context, { tenant, groupId, userId })))
    return ignored('the user is not in the group any more');
  return request(context, { tenant, trigger: 'group-add', userId, groupId, product });
}

/** The event may be late: a user who is in the group now keeps the key. */
async function groupRemove(
  context: Context,
  tenant: string,
  { userId, groupId }: { userId: string; groupId: string },
): Promise<Verdict> {
  if (await context.identity.isMember(tenant, groupId, userId)) return ignored('the user is in the group');
  return { verdict: 'leaver', userId, groupId, cancels: true, revokes: false };
}

async function deactivated(context: Context, { tenant, flowsOff }: InboundEvent, userId: string): Promise<Verdict> {
  const cancels = !flowsOff.includes('cancel-leavers');
  const revokes = !flowsOff.includes('revoke-leavers');
  if (!cancels && !revokes) return ignored('flow off');
  const user = await context.identity.readUser(tenant, userId);
  if (user !== null && user.status !== 'deactivated') return ignored('the user is not deactivated');
  return { verdict: 'leaver', userId, groupId: null, cancels, revokes };
}

/** One verdict for each key that the event asks for; the user is read once, and only where a key may be ordered. */
async function mfaInitiated(
  context: Context,
  tenant: string,
  { userId, keys }: { userId: string; keys: readonly RequestedKey[] },
): Promise<Verdict> {
  const { products } = context.tenant(tenant);
  const wanted = eachWithItsPurpose(keys.map((key) => productOf(key, products)));
  const isWanted = wanted.some((one) => !('verdict' in one));
  const user = isWanted ? await readRequestedUser(context, { tenant, userId }) : null;
  const [first, ...more] = wanted.map((one) =>
    'verdict' in one
      ? one
      : verdictFor(user, { tenant, trigger: 'mfa-initiated', userId, groupId: null, product: one }),
  );
  if (first === undefined) return ignored('the event asks for no key');
  return more.length === 0 ? first : { verdict: 'several_keys', keys: [first, ...more] };
}

function productOf(key: RequestedKey, products: readonly StockedProduct[]): StockedProduct | KeyVerdict {
  if (key.kind === 'ignored') return ignored(key.reason);
  if (key.kind === 'set-aside') return setAside(key.reason);
  return (
    chooseProduct(key.detail, products) ??
    ignored("the product, inventory or customization id is not in the tenant's list")
  );
}

/** Why a key is set aside whose event asks for another key of the same purpose. */
const secondKeyReason = (purpose: Purpose): string =>
  `another key of this event has the purpose ${purpose} too: give its stock another one (products[].purpose), or request it through the API`;

/** A person has one open shipment for a purpose: a second key for the same one is an operator's to decide. */
function eachWithItsPurpose(wanted: readonly (StockedProduct | KeyVerdict)[]): (StockedProduct | KeyVerdict)[] {
  const taken = new Set<Purpose>();
  return wanted.map((one) => {
    if ('verdict' in one) return one;
    const purpose = purposeOf(one);
    if (taken.has(purpose)) return setAside(secondKeyReason(purpose));
    taken.add(purpose);
    return one;
  });
}

async function request(context: Context, wanted: WantedKey & { userId: string }): Promise<KeyVerdict> {
  return verdictFor(await readRequestedUser(context, wanted), wanted);
}
