import { eventTypes } from '@keycourier/journey/model/event-types';

import type { EventHooks, HookDraft } from './event-hooks.ts';
import { callsUs, isForTenant, isListening, type Hook } from './hook.ts';

export interface Wanted {
  tenant: string;
  url: string;
  secret: string;
  /** Hand over the secret even where nothing else is to be changed: it cannot be read back and compared. */
  renewSecret: boolean;
}

/** Tells of a step that was done. */
export type Tell = (done: string) => void;

/**
 * Makes the org call us: one hook at our address, with all of our events, active and verified. What is right already is
 * left alone, an administrator's filter and further events are kept, and a hook of ours at an older address is moved.
 * @throws ConnectorError
 */
export async function setUpHook(hooks: EventHooks, wanted: Wanted, tell: Tell): Promise<Hook> {
  const all = await hooks.list();
  tell(`the org has ${all.length} event hook${all.length === 1 ? '' : 's'}`);
  const ours = all.find((hook) => callsUs(hook, wanted.url)) ?? all.find((hook) => isForTenant(hook, wanted.tenant));
  const there = ours === undefined ? await create(hooks, wanted, tell) : await bringUp(hooks, ours, wanted, tell);
  return listen(hooks, there, tell);
}

async function create(hooks: EventHooks, { tenant, url, secret }: Wanted, tell: Tell): Promise<Hook> {
  const description = `Tells keycourier about requests for keys of ${tenant}`;
  const made = await hooks.create({
    name: `keycourier ${tenant}`,
    description,
    uri: url,
    secret,
    events: eventTypes,
  });
  tell(`made the hook ${made.id}, which calls ${url}`);
  return made;
}

async function bringUp(hooks: EventHooks, hook: Hook, wanted: Wanted, tell: Tell): Promise<Hook> {
  const missing = eventTypes.filter((type) => !hook.events.items.includes(type));
  const isMoved = !callsUs(hook, wanted.url);
  const changes = [
    ...(isMoved ? [`its address from ${hook.channel.config.uri} to ${wanted.url}`] : []),
    ...(missing.length > 0 ? [`its events by ${missing.join(', ')}`] : []),
    ...(wanted.renewSecret ? ['its secret'] : []),
  ];
  if (changes.length === 0) {
    tell(`the hook ${hook.id} is there, and has its address and events right`);
    return hook;
  }
  const changed = await hooks.replace(hook.id, draftOf(hook, wanted, missing));
  tell(`changed ${changes.join(' and ')} in the hook ${hook.id}`);
  return changed;
}

function draftOf(
  { name, description, events, channel }: Hook,
  { url, secret }: Wanted,
  missing: readonly string[],
): HookDraft {
  return {
    name,
    ...(typeof description === 'string' ? { description } : {}),
    uri: url,
    secret,
    events: [...events.items, ...missing],
    filter: events.filter,
    headers: channel.config.headers,
  };
}

/** A hook receives nothing until it is both. */
async function listen(hooks: EventHooks, hook: Hook, tell: Tell): Promise<Hook> {
  let current = hook;
  if (current.status !== 'ACTIVE') {
    current = await hooks.activate(current.id);
    tell(`switched the hook ${current.id} on`);
  }
  if (!isListening(current)) {
    current = await hooks.verify(current.id);
    tell('Okta asked the receiver for its challenge, and got it back: the hook is verified');
  }
  return current;
}

/** Takes every hook that calls us, or was made for this tenant, out of the org. @throws ConnectorError */
export async function removeHooks(hooks: EventHooks, tenant: string, tell: Tell): Promise<Hook[]> {
  const all = await hooks.list();
  const ours = all.filter((hook) => isForTenant(hook, tenant));
  for (const { id, status, channel } of ours) {
    // Okta deletes an INACTIVE hook only.
    if (status === 'ACTIVE') await hooks.deactivate(id);
    await hooks.remove(id);
    tell(`took out the hook ${id}, which called ${channel.config.uri}`);
  }
  return ours;
}
