import { isForTenant, type Hook } from '@keycourier/connectors/okta/event-hook';
import { eventTypes, triggerEventTypes } from '@keycourier/journey/model/event-types';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import { eventHooks } from '../../okta/event-hooks.ts';
import { callsUrl, hookUrlOf } from '../../okta/hook.ts';
import { createSendToOrg, readCredentials, type OrgAccess } from '../../okta/org-access.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skippedFor, yellow } from '../finding.ts';

/** The org has an active, verified event hook with our URL and event types. */
export const hook: Check<TenantUnderCheck> = {
  name: 'okta.hook',
  run: async (tenant) => {
    try {
      await readCredentials(tenant.org);
      return judge(await eventHooks(createSendToOrg(withHookScope(tenant.org))).list(), tenant);
    } catch (error) {
      if (
        error instanceof ConnectorError &&
        (error.status === 403 || /consent_required|invalid_scope/.test(error.message))
      )
        return yellow(
          'these credentials may not read event hooks',
          `check with an administrator's token: keycourier okta setup --tenant ${tenant.name} --list`,
        );
      return skippedFor(error);
    }
  },
};

const withHookScope = (access: OrgAccess): OrgAccess => ({ ...access, scopes: ['okta.eventHooks.read'] });

function judge(all: readonly Hook[], { name, receiverUrl }: TenantUnderCheck): Finding {
  const fix = `keycourier okta setup --tenant ${name}`;
  const candidates = all.filter((one) => isForTenant(one, name));
  const url = receiverUrl === null ? null : hookUrlOf(receiverUrl, name);
  const found = (url === null ? undefined : candidates.find((one) => callsUrl(one, url))) ?? candidates[0];
  if (found === undefined) return red('the org has no event hook for this tenant: Okta delivers no events', fix);
  if (url !== null && !callsUrl(found, url)) return red(`the hook calls ${found.channel.config.uri}, not ${url}`, fix);
  if (found.status !== 'ACTIVE') return red(`the hook is ${found.status}: Okta delivers no events`, fix);
  if (found.verificationStatus !== 'VERIFIED')
    return red(`the hook is ${found.verificationStatus ?? 'not verified'}: Okta delivers no events`, fix);
  const missing = (types: readonly string[]): string =>
    types.filter((type) => !found.events.items.includes(type)).join(', ');
  if (missing(triggerEventTypes) !== '')
    return red(`the hook lacks the event types ${missing(triggerEventTypes)}`, fix);
  if (missing(eventTypes) !== '') return yellow(`the hook lacks the event types ${missing(eventTypes)}`, fix);
  return green(`active: ${found.events.items.length} event types → ${found.channel.config.uri}`);
}
