import type { Request } from 'express';

/** Who calls: the administrator of the org's own tokens, another administrator by a token of theirs, or a service app. */
export interface Caller {
  kind: 'administrator' | 'user' | 'client';
  id: string;
}

const callers = new WeakMap<Request, Caller>();

export const rememberCaller = (request: Request, caller: Caller): void => void callers.set(request, caller);

/** Who made a request. What needs no token is done in the name of the org. */
export const callerOf = (request: Request): Caller => callers.get(request) ?? { kind: 'administrator', id: '' };
