import { z } from 'zod';

import { directoryEventTypes } from '../model/event-types.ts';
import { outsideId, readId, type ReadId } from '../model/outside-id.ts';
import { fulfillmentProvider } from '../ports/fulfillment.ts';

/**
 * An event as Okta's hooks deliver it, parsed tolerantly (invariant 8): targets may be null, come in any order, and hold
 * anything. Only ids are taken from it; names and e-mail addresses in it are text that any user may choose. A login in it
 * may make an event wait, and nothing else.
 */
const targetHead = z.object({
  id: z.unknown().optional(),
  type: z.string().nullish().catch(null),
  alternateId: z.string().nullish().catch(null),
});

const target = z
  .looseObject({
    ...targetHead.shape,
    detailEntry: z.record(z.string(), z.unknown()).nullish().catch(null),
  })
  .catch({});

/** What is read of an event when it is recorded: it is readable where the whole of it is, since the rest may be anything. */
export const eventHead = z.object({
  uuid: outsideId.pipe(z.string().max(256)),
  eventType: z.string().min(1).max(256),
  published: z.string().nullish().catch(null),
  target: z.array(targetHead.catch({})).nullish(),
  outcome: z.looseObject({ result: z.string().nullish() }).nullish(),
});

type EventHead = z.infer<typeof eventHead>;

export const oktaEvent = z.looseObject({
  ...eventHead.shape,
  target: z.array(target).nullish(),
  client: z
    .looseObject({ userAgent: z.looseObject({ rawUserAgent: z.string().nullish() }).nullish() })
    .nullish()
    .catch(null),
  transaction: z.looseObject({ id: z.string().nullish() }).nullish().catch(null),
  debugContext: z
    .looseObject({ debugData: z.record(z.string(), z.unknown()).nullish() })
    .nullish()
    .catch(null),
});

type OktaEvent = z.infer<typeof oktaEvent>;

const isoTime = z.iso.datetime({ offset: true });

/** When Okta published an event; null where it does not say so readably. */
export function publishedAt({ published }: Pick<EventHead, 'published'>): Date | null {
  const parsed = isoTime.safeParse(published);
  return parsed.success ? new Date(parsed.data) : null;
}

export interface PreregistrationDetail {
  fulfillmentProvider: string;
  productId: string | null;
  inventoryProductId: string | null;
  customizationId: string | null;
}

/** What an event asks for, by its own content alone: no service is called for it. */
export type ParsedEvent =
  | { kind: 'group-add'; userId: string; groupId: string }
  | { kind: 'mfa-initiated'; userId: string; keys: readonly [RequestedKey, ...RequestedKey[]] }
  | { kind: 'profile-changed'; userId: string; login: string | null }
  | { kind: 'group-remove'; userId: string; groupId: string }
  | { kind: 'deactivated'; userId: string }
  /** What is pushed to a hub follows. */
  | { kind: 'activated'; userId: string }
  | { kind: 'group-changed'; groupId: string }
  | { kind: 'ignored'; reason: string }
  /** It may ask for something that cannot be read: an operator is to look at it. */
  | { kind: 'set-aside'; reason: string };

/** One key of an event that may ask for several. */
export type RequestedKey =
  | { kind: 'key'; detail: PreregistrationDetail }
  | { kind: 'ignored'; reason: string }
  | { kind: 'set-aside'; reason: string };

/** Beyond what anyone initiates for one user; each is recorded on its own. */
const maxKeys = 10;

const ignored = (reason: string): { kind: 'ignored'; reason: string } => ({ kind: 'ignored', reason });
const setAside = (reason: string): { kind: 'set-aside'; reason: string } => ({ kind: 'set-aside', reason });

export function parseEvent(event: OktaEvent): ParsedEvent {
  if (isOfDirectory(event.eventType)) return ignored('an event of the directory, which Okta does not raise');
  if (!isSuccess(event)) return ignored('the event reports no success');
  switch (event.eventType) {
    case 'group.user_membership.add':
      return withUserAndGroup(event, (userId, groupId) => ({ kind: 'group-add', userId, groupId }));
    case 'group.user_membership.remove':
      return withUserAndGroup(event, (userId, groupId) => ({ kind: 'group-remove', userId, groupId }));
    case 'system.mfa.preregister.initiate':
      return mfaInitiated(event);
    case 'user.lifecycle.deactivate':
      return withUser(event, (userId) => ({ kind: 'deactivated', userId }));
    case 'user.lifecycle.activate':
      return withUser(event, (userId) => ({ kind: 'activated', userId }));
    case 'group.profile.update':
    case 'group.lifecycle.delete':
      return withGroup(event);
    case 'user.account.update_profile':
      return withUser(event, (userId) => ({ kind: 'profile-changed', userId, login: targetLogin(event) }));
    default:
      return ignored('not an event that asks for a key');
  }
}

/** Anyone who can deliver to a hook could forge one; what the directory itself writes never comes here. */
const isOfDirectory = (eventType: string): boolean => directoryEventTypes.some((one) => one === eventType);

function withUser(event: OktaEvent, use: (userId: string) => ParsedEvent): ParsedEvent {
  const user = targetId(event, 'User');
  if (user.outcome === 'no_id') return setAside(`the id of the target User is ${user.what}`);
  return user.outcome === 'absent' ? ignored('the event names no user') : use(user.id);
}

function withGroup(event: OktaEvent): ParsedEvent {
  const group = targetId(event, 'UserGroup');
  return group.outcome === 'present'
    ? { kind: 'group-changed', groupId: group.id }
    : ignored('the event names no group');
}

function withUserAndGroup(event: OktaEvent, use: (userId: string, groupId: string) => ParsedEvent): ParsedEvent {
  const [user, group] = [targetId(event, 'User'), targetId(event, 'UserGroup')];
  if (user.outcome === 'no_id') return setAside(`the id of the target User is ${user.what}`);
  if (group.outcome === 'no_id') return setAside(`the id of the target UserGroup is ${group.what}`);
  if (user.outcome === 'absent' || group.outcome === 'absent')
    return ignored('the event names no user and group, as a preview does');
  return use(user.id, group.id);
}

/** Okta sends SUCCESS; a preview has been seen with "Success". An event without an outcome counts as successful. */
const isSuccess = ({ outcome }: OktaEvent): boolean => (outcome?.result ?? 'SUCCESS').toUpperCase() === 'SUCCESS';

/** The id of the first target of a type that has one; positions mean nothing. */
function targetId(event: Pick<EventHead, 'target'>, type: 'User' | 'UserGroup'): ReadId {
  const ids = (event.target ?? []).filter((one) => one.type === type).map(({ id }) => readId(id));
  return (
    ids.find(({ outcome }) => outcome === 'present') ??
    ids.find(({ outcome }) => outcome === 'no_id') ?? { outcome: 'absent' }
  );
}

/**
 * Whom a change of a user or a membership names, for the hub of their tenant; null for any other event. Whether the change is
 * one, and which, is read in the org.
 */
export function personOfHub(event: EventHead): { userId: string; groupId: string | null } | null {
  const { eventType } = event;
  if (
    isOfDirectory(eventType) ||
    !/^(?:user\.lifecycle\.|user\.account\.update_profile$|group\.user_membership\.)/.test(eventType)
  )
    return null;
  const [user, group] = [targetId(event, 'User'), targetId(event, 'UserGroup')];
  if (user.outcome !== 'present') return null;
  return { userId: user.id, groupId: group.outcome === 'present' ? group.id : null };
}

/** The login that the event has for its user; null where it has none, or says so. */
function targetLogin(event: Pick<EventHead, 'target'>): string | null {
  const login = (event.target ?? []).find(({ type }) => type === 'User')?.alternateId || null;
  return login === 'unknown' ? null : login;
}

/** Whom an event names, by its own word: to find it again by, never to act upon. */
export function subjectOf(event: Pick<EventHead, 'target'>): { userId: string | null; login: string | null } {
  const user = targetId(event, 'User');
  return { userId: user.outcome === 'present' ? user.id : null, login: targetLogin(event) };
}

function mfaInitiated(event: OktaEvent): ParsedEvent {
  const nothing = 'the event names no user and product, as a preview does';
  const user = targetId(event, 'User');
  if (user.outcome === 'no_id') return setAside(`the id of the target User is ${user.what}`);
  const [first, ...more] = (event.target ?? []).flatMap(({ detailEntry }) => requestedKey(detailEntry ?? {}));
  if (user.outcome === 'absent' || first === undefined) return ignored(nothing);
  if (more.length >= maxKeys) return setAside(`the event asks for more than ${maxKeys} keys`);
  return { kind: 'mfa-initiated', userId: user.id, keys: [first, ...more] };
}

/** Where the ids of a key are: in camelCase as on the wire, or in the snake_case of Okta's event catalog. */
const detailNames = {
  productId: ['yubicoProductId', 'yubico_product_id'],
  inventoryProductId: ['yubicoInventoryProductId', 'yubico_inventory_product_id'],
  customizationId: ['yubicoCustomizationId', 'yubico_customization_id'],
} as const;

/**
 * The key of one target of `system.mfa.preregister.initiate`: of each that names a fulfillment provider. Okta documents
 * one such target for an event; where there are more, each is a key of its own.
 */
function requestedKey(detail: Readonly<Record<string, unknown>>): RequestedKey[] {
  const provider = readFirst(detail, ['fulfillmentProvider', 'fulfillment_provider']);
  if (provider.outcome === 'absent') return [];
  if (provider.outcome === 'no_id') return [setAside(`fulfillmentProvider is ${provider.what}`)];
  if (provider.id.toLowerCase() !== fulfillmentProvider) return [ignored('another fulfillment provider')];
  const ids: Record<keyof typeof detailNames, string | null> = {
    productId: null,
    inventoryProductId: null,
    customizationId: null,
  };
  for (const name of ['productId', 'inventoryProductId', 'customizationId'] as const) {
    const read = readFirst(detail, detailNames[name]);
    if (read.outcome === 'no_id') return [setAside(`${detailNames[name][0]} is ${read.what}, not an id`)];
    ids[name] = read.outcome === 'present' ? read.id : null;
  }
  return [{ kind: 'key', detail: { fulfillmentProvider: provider.id, ...ids } }];
}

function readFirst(detail: Readonly<Record<string, unknown>>, names: readonly string[]): ReadId {
  const reads = names.map((name) => readId(detail[name]));
  return reads.find(({ outcome }) => outcome !== 'absent') ?? { outcome: 'absent' };
}
