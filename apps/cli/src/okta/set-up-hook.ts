import { eventTypes } from '@keycourier/journey/model/event-types';

import type { EventHooks, HookDraft } from './event-hooks.ts';
import { callsUrl, isDelivering, isForTenant, type Hook } from './hook.ts';

export interface HookSettings {
  tenant: string;
  url: string;
  secret: string;
  /** Send the secret even if nothing else changes: it cannot be read back and compared. */
  renewSecret: boolean;
}

/** Reports a completed step. */
export type ReportStep = (step: string) => void;

export interface HookSetup {
  hooks: EventHooks;
  settings: HookSettings;
  report: ReportStep;
}

/**
 * Makes the org send our event types to our URL through one active, verified hook. Leaves correct settings alone, keeps an
 * administrator's filter and extra event types, and moves an existing hook of the tenant to the new URL.
 * @throws ConnectorError
 */
export async function setUpHook(setup: HookSetup): Promise<Hook> {
  const { hooks, settings, report } = setup;
  const all = await hooks.list();
  report(`the org has ${all.length} event hook${all.length === 1 ? '' : 's'}`);
  const existing = findHook(all, settings);
  const hook = existing === undefined ? await create(setup) : await update(setup, existing);
  return activateAndVerify(setup, hook);
}

function findHook(all: readonly Hook[], { url, tenant }: HookSetup['settings']): Hook | undefined {
  return all.find((hook) => callsUrl(hook, url)) ?? all.find((hook) => isForTenant(hook, tenant));
}

async function create({ hooks, settings, report }: HookSetup): Promise<Hook> {
  const { tenant, url, secret } = settings;
  const description = `Sends key requests of ${tenant} to keycourier`;
  const hook = await hooks.create({ name: `keycourier ${tenant}`, description, uri: url, secret, events: eventTypes });
  report(`created event hook ${hook.id} → ${url}`);
  return hook;
}

async function update({ hooks, settings, report }: HookSetup, hook: Hook): Promise<Hook> {
  const missing = eventTypes.filter((type) => !hook.events.items.includes(type));
  const changes = [
    ...(callsUrl(hook, settings.url) ? [] : [`URL ${hook.channel.config.uri} → ${settings.url}`]),
    ...(missing.length > 0 ? [`added event types ${missing.join(', ')}`] : []),
    ...(settings.renewSecret ? ['secret'] : []),
  ];
  if (changes.length === 0) {
    report(`event hook ${hook.id} already has the right URL and event types`);
    return hook;
  }
  const updated = await hooks.replace(hook.id, draftOf(hook, settings, missing));
  report(`updated event hook ${hook.id}: ${changes.join('; ')}`);
  return updated;
}

const draftOf = (
  { name, description, events, channel }: Hook,
  { url, secret }: HookSettings,
  missing: readonly string[],
): HookDraft => ({
  name,
  ...(typeof description === 'string' ? { description } : {}),
  uri: url,
  secret,
  events: [...events.items, ...missing],
  filter: events.filter,
  headers: channel.config.headers,
});

/** Okta delivers to a hook that is both active and verified. */
async function activateAndVerify({ hooks, report }: HookSetup, hook: Hook): Promise<Hook> {
  let current = hook;
  if (current.status !== 'ACTIVE') {
    current = await hooks.activate(current.id);
    report(`activated event hook ${current.id}`);
  }
  if (!isDelivering(current)) {
    current = await hooks.verify(current.id);
    report(`verified event hook ${current.id}: the receiver returned Okta's challenge`);
  }
  return current;
}

/** Deletes every hook of the tenant from the org. @throws ConnectorError */
export async function removeHooks(hooks: EventHooks, tenant: string, report: ReportStep): Promise<Hook[]> {
  const all = await hooks.list();
  const removed = all.filter((hook) => isForTenant(hook, tenant));
  for (const hook of removed) {
    await removeHook(hooks, hook);
    report(`deleted event hook ${hook.id} → ${hook.channel.config.uri}`);
  }
  return removed;
}

/** Okta deletes an INACTIVE hook only. */
async function removeHook(hooks: EventHooks, { id, status }: Hook): Promise<void> {
  if (status === 'ACTIVE') await hooks.deactivate(id);
  await hooks.remove(id);
}
