import { discoverySchema } from './schema.ts';
import type { SendToOkta } from './send.ts';
import type { OktaSettings } from './settings.ts';

/** The RP ID of a tenant's credentials. */
export type RelyingPartyOf = (tenant: string, settings: OktaSettings, send: SendToOkta) => Promise<string>;

/** The tenant's own setting, or the host of its org's issuer, read once per process. */
export function createRelyingParties(): RelyingPartyOf {
  const known = new Map<string, string>();
  return async (tenant, { orgUrl, rpId }, send) => {
    if (rpId !== undefined) return rpId;
    const key = JSON.stringify([tenant, orgUrl]);
    const found = known.get(key) ?? (await discover(send));
    known.set(key, found);
    return found;
  };
}

async function discover(send: SendToOkta): Promise<string> {
  const { json } = await send({ method: 'GET', path: '/.well-known/openid-configuration', isPublic: true });
  return new URL(discoverySchema.parse(json).issuer).hostname;
}
