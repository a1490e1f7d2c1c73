import type { FlowSlug } from '../model/flows.ts';
import type { Context } from '../ports/context.ts';
import { isTransient, ConnectorError } from '../ports/errors.ts';
import type { InboundEvent, ShipmentRequest, Verdict } from '../ports/ledger.ts';
import { retryAfterMs } from '../steps/backoff.ts';
import { done, later, type Outcome } from '../steps/outcome.ts';
import { chooseProduct, productOfGroup } from './choose-product.ts';
import { oktaEvent, parseEvent, type PreregistrationDetail } from './okta-event.ts';

/**
 * Decides once what a recorded event asks for: it creates a shipment, sends held shipments back to the check, offboards a
 * leaver, or is ignored with a reason. No event is an error; a failed call to Okta only delays it.
 */
export async function acceptEvent(context: Context, eventId: string): Promise<Outcome> {
  const event = await context.ledger.readEvent(eventId);
  if (event === null || event.state !== 'received') return done('already decided');
  let verdict: Verdict;
  try {
    verdict = await decide(context, event);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    if (!isTransient(error)) context.alarm('event_waits', { event: eventId, status: error.status });
    return later(retryAfterMs(error, event.attempts + 1), error.message);
  }
  const recorded = await context.ledger.recordVerdict(eventId, verdict);
  switch (recorded.outcome) {
    case 'created':
      return done(`created ${recorded.shipmentId}`);
    case 'rechecked':
      return done(`rechecked ${recorded.shipmentIds.join(' ')}`);
    case 'offboarded':
      return done(`offboarded ${recorded.shipmentIds.join(' ')}`);
    case 'check_under_way':
      return later(recheckAfterMs, 'a check of this user is running');
    case 'ignored':
      return done(`ignored: ${recorded.reason}`);
  }
}

const recheckAfterMs = 1_000;

const ignored = (reason: string): Verdict => ({ verdict: 'ignored', reason });

async function decide(context: Context, { tenant, body }: InboundEvent): Promise<Verdict> {
  const parsed = oktaEvent.safeParse(body);
  if (!parsed.success) return ignored('the event cannot be read');
  const event = parseEvent(parsed.data);
  switch (event.kind) {
    case 'ignored':
      return ignored(event.reason);
    case 'profile-changed':
      return (
        (await isOff(context, tenant, 'profile-recheck')) ?? {
          verdict: 'recheck',
          userId: event.userId,
          login: event.login,
        }
      );
    case 'group-add':
      return (await isOff(context, tenant, 'group-add')) ?? groupAdd(context, tenant, event);
    case 'group-remove':
      return (await isOff(context, tenant, 'cancel-leavers')) ?? groupRemove(context, tenant, event);
    case 'deactivated':
      return deactivated(context, tenant, event.userId);
    case 'mfa-initiated':
      return (await isOff(context, tenant, 'mfa-initiated')) ?? mfaInitiated(context, tenant, event);
  }
}

async function isOff(context: Context, tenant: string, flow: FlowSlug): Promise<Verdict | null> {
  return (await context.ledger.isFlowOn(tenant, flow)) ? null : ignored('flow off');
}

async function groupAdd(
  context: Context,
  tenant: string,
  { userId, groupId }: { userId: string; groupId: string },
): Promise<Verdict> {
  const { groups } = context.tenant(tenant);
  const byId = productOfGroup(groups, { id: groupId, name: null });
  // The name in the event is not trusted (invariant 8): only Okta's answer of now counts.
  const isNamed = byId === null && groups.some(({ name }) => name !== undefined);
  const group = isNamed ? await context.identity.readGroup(tenant, groupId) : null;
  const product = byId ?? (group === null ? null : productOfGroup(groups, group));
  if (product === null) return ignored('the group has no product');
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

async function deactivated(context: Context, tenant: string, userId: string): Promise<Verdict> {
  const cancels = await context.ledger.isFlowOn(tenant, 'cancel-leavers');
  const revokes = await context.ledger.isFlowOn(tenant, 'revoke-leavers');
  if (!cancels && !revokes) return ignored('flow off');
  const user = await context.identity.readUser(tenant, userId);
  if (user !== null && user.status !== 'deactivated') return ignored('the user is not deactivated');
  return { verdict: 'leaver', userId, groupId: null, cancels, revokes };
}

async function mfaInitiated(
  context: Context,
  tenant: string,
  { userId, detail }: { userId: string; detail: PreregistrationDetail },
): Promise<Verdict> {
  const product = chooseProduct(detail, context.tenant(tenant).products);
  if (product === null) return ignored("the product, inventory or customization id is not in the tenant's list");
  return request(context, { tenant, trigger: 'mfa-initiated', userId, groupId: null, product });
}

async function request(
  context: Context,
  {
    product,
    ...wanted
  }: Pick<ShipmentRequest, 'tenant' | 'trigger' | 'userId' | 'groupId' | 'product'> & { userId: string },
): Promise<Verdict> {
  const user = await context.identity.readUser(wanted.tenant, wanted.userId);
  if (user === null) return ignored('user_not_found');
  const { productId, inventoryProductId, customizationId } = product;
  return {
    verdict: 'key_request',
    request: {
      ...wanted,
      purpose: 'primary',
      login: user.login,
      product: { productId, inventoryProductId, customizationId },
    },
  };
}
