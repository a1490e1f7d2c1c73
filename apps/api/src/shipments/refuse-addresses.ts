import { missingScope, type Answer } from '@keycourier/http/answer';

import type { Caller } from '../endpoint.ts';
import { refuse } from '../problems.ts';

/**
 * Null if the caller may say where a key goes: in a request (`override`), or for a held shipment (`correction`). Both need the
 * scope `addresses` beside the one of their route, and the tenant's permission.
 */
export function refuseAddresses({ apiKey, tenant }: Caller, kind: 'override' | 'correction'): Answer | null {
  const isAllowed =
    tenant.addressOverrides === 'allowed' || (tenant.addressOverrides === 'corrections_only' && kind === 'correction');
  if (!apiKey.scopes.includes('addresses'))
    return missingScope('addresses', `${descriptions[kind]} an API key with the scope "addresses" too.`);
  if (isAllowed) return null;
  return refuse(
    'overrides_forbidden',
    'Names, phone numbers and addresses come from the profile alone. Correct them in Okta or in the HRIS; the tenant’s setting `addresses.overrides` in keycourier.yaml says what is allowed.',
  );
}

const descriptions = {
  override: 'To override a name, phone number or address of the profile needs',
  correction: 'To correct the address of a shipment needs',
} as const;
