import { param, type Handler } from '../http/handler.ts';
import { findHook, presentHook } from './hook.ts';

export const getEventHook: Handler = async (org, request) => {
  const hook = await findHook(org.db, param(request, 'eventHookId'));
  return { status: 200, body: presentHook(request.origin, hook) };
};
