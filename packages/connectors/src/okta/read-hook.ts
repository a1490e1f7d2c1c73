import type { ConnectorError } from '@keycourier/journey/ports/errors';

import { createGuard } from '../resilience.ts';
import { runCall } from '../run-call.ts';
import { hookList, isDelivering, isForTenant, type Hook } from './event-hook.ts';
import { createSend } from './send.ts';
import type { OktaSettingsOf } from './settings.ts';
import { withScope } from './system-log.ts';

/** The state of a tenant's hook in its org; `missing` where none has the tenant's path. */
export type HookState = 'verified' | 'unverified' | 'inactive' | 'missing';

export type ReadHookState = (tenant: string) => Promise<HookState>;

/** Reads whether the org delivers to the tenant's hook. Needs `okta.eventHooks.read`. The call throws ConnectorError. */
export function createHookReader(settingsOf: OktaSettingsOf, options: { now?: () => number } = {}): ReadHookState {
  const guard = createGuard('okta', { maxConcurrent: 1, maxWaiting: 1 });
  const sendOf = createSend((tenant) => withScope(settingsOf(tenant), 'okta.eventHooks.read'), guard, {
    now: options.now ?? Date.now,
  });
  return (tenant) =>
    runCall('okta', 'readHook', async () => {
      const { json } = await sendOf(tenant)({ method: 'GET', path: '/api/v1/eventHooks' });
      return stateOf(hookList.parse(json).filter((hook) => isForTenant(hook, tenant)));
    });
}

function stateOf(hooks: readonly Hook[]): HookState {
  if (hooks.some(isDelivering)) return 'verified';
  if (hooks.some(({ status }) => status === 'ACTIVE')) return 'unverified';
  return hooks.length === 0 ? 'missing' : 'inactive';
}

/** Whether a call failed because the credentials may not make it, though they are good for others. */
export function lacksScope(error: ConnectorError): boolean {
  // The token call answers 400 where the org has not granted the scope, any other call 403.
  return error.status === 403 || (error.fault === 'unauthorized' && error.status === 400);
}
