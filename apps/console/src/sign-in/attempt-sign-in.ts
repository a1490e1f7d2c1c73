import type { Request } from 'express';
import { z } from 'zod';

import type { CsrfGuard } from './csrf.ts';
import type { Operator } from './operator.ts';
import type { Operators } from './operators.ts';
import { newReference } from './sessions.ts';
import type { Throttle } from './throttle.ts';

export type Attempt =
  | { outcome: 'signed_in'; operator: Operator; reference: string; to: string }
  /** An unknown user (`account` is null) or a wrong password; the answer does not reveal which. */
  | { outcome: 'wrong'; to: string; account: Operator | null }
  | { outcome: 'throttled'; to: string; account: Operator | null; retryAfterMs: number }
  | { outcome: 'malformed' }
  /** The form is not ours, or belongs to a session that has ended. */
  | { outcome: 'forged' };

export interface SignInContext {
  operators: Operators;
  throttle: Throttle;
  guard: CsrfGuard;
}

const form = z.object({
  user: z.string().min(1).max(100),
  password: z.string().min(1).max(1_000),
  to: z.string().max(2_000).optional(),
});

/** Checks a submitted form, the cheap checks first. The password comes last, and always takes the same time. */
export async function attemptSignIn({ operators, throttle, guard }: SignInContext, request: Request): Promise<Attempt> {
  if (guard.verdict(request) !== 'ours') return { outcome: 'forged' };
  const parsed = form.safeParse(request.body);
  if (!parsed.success) return { outcome: 'malformed' };
  const { user, password } = parsed.data;
  const to = returnPath(parsed.data.to);
  const attempt = { user, address: addressOf(request) };
  const throttled = await throttle.admit(attempt);
  const account = operators.find(user);
  if (throttled.outcome === 'throttled') return { ...throttled, to, account };
  const operator = await operators.authenticate(user, password);
  if (operator === null) return { outcome: 'wrong', to, account };
  await throttle.reset(attempt);
  return { outcome: 'signed_in', operator, reference: newReference(), to };
}

export const addressOf = (request: Request): string => request.ip ?? 'unknown';

/** A path of this console to open after the sign-in, else `/`: never another site, and never a page of the sign-in. */
export function returnPath(path: unknown): string {
  const base = 'http://console.invalid';
  if (typeof path !== 'string' || !path.startsWith('/') || !URL.canParse(path, base)) return '/';
  const { origin, pathname, search } = new URL(path, base);
  return origin === base && !pathname.startsWith('//') && !/^\/(sign-|step-up)/.test(pathname)
    ? pathname + search
    : '/';
}
