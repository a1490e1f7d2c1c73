import { isDelivering, isForTenant, type Hook } from '@keycourier/connectors/okta/event-hook';
import { eventTypes } from '@keycourier/journey/model/event-types';

import type { EventHooks, HookDraft } from './event-hooks.ts';
import { callsUrl } from './hook.ts';

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
 * Makes the org send our event types to our URL through one active, verified hook. Leaves correct settings alone, and keeps an
 * administrator's filter, headers and extra event types. A hook that delivers goes on until its successor is verified: Okta
 * delivers nothing through a changed hook that it cannot verify, and the former secret cannot be read back.
 * @throws ConnectorError
 */
export async function setUpHook(setup: HookSetup): Promise<Hook> {
  const { hooks, settings, report } = setup;
  const all = await hooks.list();
  report(`the org has ${all.length} event hook${all.length === 1 ? '' : 's'}`);
  const existing = findHook(all, settings);
  const hook = existing === undefined ? await create(setup) : await update(setup, existing);
  for (const other of all.filter(({ id }) => id !== hook.id && id !== existing?.id))
    if (isForTenant(other, settings.tenant))
      report(`the org has another event hook for this tenant: ${other.id} → ${other.channel.config.uri}`);
  return hook;
}

/** The hook of the tenant; one that delivers comes first, so that none that works is left beside its successor. */
function findHook(all: readonly Hook[], { url, tenant }: HookSetup['settings']): Hook | undefined {
  const candidates = all.filter((hook) => callsUrl(hook, url) || isForTenant(hook, tenant));
  const ranked = [
    candidates.find((hook) => callsUrl(hook, url) && isDelivering(hook)),
    candidates.find(isDelivering),
    candidates.find((hook) => callsUrl(hook, url)),
  ];
  return ranked.find((hook) => hook !== undefined) ?? candidates[0];
}

function create(setup: HookSetup): Promise<Hook> {
  const { tenant, url, secret } = setup.settings;
  const description = `Sends key requests of ${tenant} to keycourier`;
  return createVerified(setup, { name: `keycourier ${tenant}`, description, uri: url, secret, events: eventTypes });
}

/** A new hook that Okta could verify, or none. */
async function createVerified({ hooks, report }: HookSetup, draft: HookDraft): Promise<Hook> {
  const hook = await hooks.create(draft);
  report(`created event hook ${hook.id} → ${draft.uri}`);
  try {
    return await activateAndVerify({ hooks, report }, hook);
  } catch (error) {
    // The reason is the first failure, also where the second one leaves the new hook behind.
    await removeHook(hooks, { ...hook, status: 'ACTIVE' }).then(
      () => report(`deleted event hook ${hook.id} again: Okta could not verify it`),
      () => report(`event hook ${hook.id} could not be deleted again: delete it in Okta`),
    );
    throw error;
  }
}

async function update(setup: HookSetup, hook: Hook): Promise<Hook> {
  const { hooks, settings, report } = setup;
  const missing = eventTypes.filter((type) => !hook.events.items.includes(type));
  const changes = [
    ...(callsUrl(hook, settings.url) ? [] : [`URL ${hook.channel.config.uri} → ${settings.url}`]),
    ...(missing.length > 0 ? [`added event types ${missing.join(', ')}`] : []),
    ...(settings.renewSecret ? ['secret'] : []),
  ];
  if (changes.length === 0) {
    report(`event hook ${hook.id} already has the right URL and event types`);
    return activateAndVerify(setup, hook);
  }
  const draft = draftOf(hook, settings, missing);
  if (isDelivering(hook)) return succeed(setup, { former: hook, draft, changes });
  const updated = await hooks.replace(hook.id, draft);
  report(`updated event hook ${hook.id}: ${changes.join('; ')}`);
  return activateAndVerify(setup, updated);
}

interface Succession {
  former: Hook;
  draft: HookDraft;
  changes: readonly string[];
}

/** Between the two steps both deliver; an event that comes twice counts once. */
async function succeed(setup: HookSetup, { former, draft, changes }: Succession): Promise<Hook> {
  const hook = await createVerified(setup, draft);
  await removeHook(setup.hooks, former);
  setup.report(`replaced event hook ${former.id}: ${changes.join('; ')}`);
  return hook;
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
async function activateAndVerify({ hooks, report }: Pick<HookSetup, 'hooks' | 'report'>, hook: Hook): Promise<Hook> {
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
