import { createGuard, type ResilienceOptions } from '../resilience.ts';
import type { Caller, OktaLimitState } from './rate-limits.ts';
import { createSend, type SendToOkta } from './send.ts';
import type { ReadOktaSettings } from './settings.ts';

/** The orgs of all tenants, each by its tenant's name, and a tenant's hub by that of hubNameOf(). */
export interface OktaOrgs {
  settingsOf: ReadOktaSettings;
  sendOf: (name: string) => SendToOkta;
}

export interface ConnectedOrgs extends OktaOrgs {
  /** The same orgs, for the calls of one caller. */
  calledBy: (caller: Caller) => OktaOrgs;
}

/**
 * One connection to each org, for all ports that call it: they have its access token, its limits of concurrent calls, its
 * circuit breaker and what is known of its rate limits in common.
 */
export function connectOrgs(
  settingsOf: ReadOktaSettings,
  {
    resilience,
    now = Date.now,
    onLimit,
  }: {
    resilience?: Partial<ResilienceOptions>;
    now?: () => number;
    /** Gets what each answer says about a rate limit. */
    onLimit?: ((state: OktaLimitState) => void) | undefined;
  } = {},
): ConnectedOrgs {
  const sendOf = createSend(settingsOf, createGuard('okta', resilience), { now, onLimit });
  return { settingsOf, sendOf, calledBy: (caller) => ({ settingsOf, sendOf: (name) => sendOf(name, caller) }) };
}
