import { eventTypes, triggerEventTypes } from '@keycourier/journey/model/event-types';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import { eventHooks } from '../../okta/event-hooks.ts';
import { callsUs, hookUrlOf, isForTenant, type Hook } from '../../okta/hook.ts';
import { openOrg, readCredentials, type OrgAccess } from '../../okta/open-org.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, yellow, type Finding } from '../finding.ts';
import { skipFor } from '../unless-green.ts';

/** The org tells us of what happens: one hook of ours, at the right address, awake, with the right events. */
export const hook: Check<TenantUnderCheck> = {
  name: 'okta.hook',
  run: async (tenant) => {
    try {
      await readCredentials(tenant.org);
      return judge(await eventHooks(openOrg(withHookScope(tenant.org))).list(), tenant);
    } catch (error) {
      if (
        error instanceof ConnectorError &&
        (error.status === 403 || /consent_required|invalid_scope/.test(error.message))
      )
        return yellow(
          'these credentials may not look at event hooks',
          `look with an administrator's: keycourier okta setup --tenant ${tenant.name} --list`,
        );
      return skipFor(error);
    }
  },
};

const withHookScope = (access: OrgAccess): OrgAccess => ({ ...access, scopes: ['okta.eventHooks.read'] });

function judge(all: readonly Hook[], { name, receiverUrl }: TenantUnderCheck): Finding {
  const fix = `keycourier okta setup --tenant ${name}`;
  const ours = all.filter((one) => isForTenant(one, name));
  const url = receiverUrl === null ? null : hookUrlOf(receiverUrl, name);
  const found = (url === null ? undefined : ours.find((one) => callsUs(one, url))) ?? ours[0];
  if (found === undefined) return red('the org has no event hook of ours: no event arrives', fix);
  if (url !== null && !callsUs(found, url)) return red(`it calls ${found.channel.config.uri} instead of ${url}`, fix);
  if (found.status !== 'ACTIVE') return red(`it is ${found.status}: no event arrives`, fix);
  if (found.verificationStatus !== 'VERIFIED')
    return red(`it is ${found.verificationStatus ?? 'not verified'}: no event arrives`, fix);
  const missing = (types: readonly string[]): string =>
    types.filter((type) => !found.events.items.includes(type)).join(', ');
  if (missing(triggerEventTypes) !== '') return red(`it lacks the event types ${missing(triggerEventTypes)}`, fix);
  if (missing(eventTypes) !== '') return yellow(`it lacks the event types ${missing(eventTypes)}`, fix);
  return green(`${found.channel.config.uri} is told ${found.events.items.length} kinds of events`);
}
