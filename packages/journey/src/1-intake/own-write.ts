import type { z } from 'zod';

import { registrationOfMark, type RegistrationTarget } from '../model/registration.ts';
import type { Context } from '../ports/context.ts';
import type { oktaEvent, ParsedEvent } from './okta-event.ts';

type OktaEvent = z.output<typeof oktaEvent>;

/** `unclear` while an attempt runs whose last request may not be recorded yet. */
export type WriteOf = 'ours' | 'others' | 'unclear';

/**
 * Whether an event is about our own write of a registration, which starts nothing: by what changed where the event says
 * so, else by the request or the User-Agent of our write, whichever the event has. Never by its time or its actor: an
 * administrator's change at the same moment, with the same token, is not ours.
 */
export async function writeOf(
  context: Context,
  tenant: string,
  { event, parsed }: { event: OktaEvent; parsed: ParsedEvent },
): Promise<WriteOf> {
  switch (parsed.kind) {
    case 'profile-changed': {
      const changed = changedAttributes(event);
      if (changed !== null) return isOurs(changed, context.tenant(tenant).registration) ? 'ours' : 'others';
      return byRequest(context, tenant, { event, userId: parsed.userId });
    }
    case 'group-add':
    case 'group-remove':
      return byRequest(context, tenant, { event, userId: parsed.userId });
    case 'deactivated':
    case 'activated':
    case 'group-changed':
    case 'mfa-initiated':
    case 'ignored':
    case 'set-aside':
      return 'others';
  }
}

const isOurs = (changed: readonly string[], registration: RegistrationTarget | null): boolean => {
  const name = registration?.attribute?.name.toLowerCase();
  return name !== undefined && changed.length > 0 && changed.every((one) => one.toLowerCase() === name);
};

async function byRequest(
  context: Context,
  tenant: string,
  { event, userId }: { event: OktaEvent; userId: string },
): Promise<WriteOf> {
  const writes = await context.registrations.writesOf(tenant, userId);
  if (writes === null) return 'others';
  const marked = registrationOfMark(event.client?.userAgent?.rawUserAgent ?? '');
  if (marked === writes.registrationId) return 'ours';
  const requests = [event.debugContext?.debugData?.['requestId'], event.transaction?.id];
  if (requests.some((id) => typeof id === 'string' && writes.requestIds.includes(id))) return 'ours';
  return writes.isRunning ? 'unclear' : 'others';
}

/** The attributes that changed; null where the event does not say. Okta's Workflows have them as text or a list. */
function changedAttributes({ debugContext }: OktaEvent): readonly string[] | null {
  const found = debugContext?.debugData?.['changedAttributes'];
  const names = typeof found === 'string' ? found.split(',') : found;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return null;
  const plain = names.map((name) => name.trim().replace(/^profile\./, '')).filter((name) => name !== '');
  return plain.length === 0 ? null : plain;
}
