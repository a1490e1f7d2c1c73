import type { Handler } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { hookSchema, presentHook } from './hook.ts';

export const listEventHooks: Handler = async (org, request) => {
  const hooks = await select(org.db, hookSchema, 'select * from event_hook order by ordinal');
  return { status: 200, body: hooks.map((hook) => presentHook(request.origin, hook)) };
};
