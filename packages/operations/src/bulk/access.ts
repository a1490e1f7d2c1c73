import type { BulkAction as ActionName } from '@keycourier/journey/requests/bulk-actions';
import { readApiKey, type Scope } from '@keycourier/ledger/api-keys/api-keys';
import type { AuditAction } from '@keycourier/ledger/audit/entry';
import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import type { Ledger } from '@keycourier/ledger/connect-ledger';

/** The names of the audit entries of each shipment: those of the single actions. */
export const auditActionOf: Readonly<Record<ActionName, AuditAction>> = {
  retry: 'shipment.retry',
  'accept-correction': 'shipment.correct',
  cancel: 'shipment.cancel',
  'resend-pin': 'shipment.resend_pin',
  snooze: 'shipment.snooze',
  claim: 'shipment.claim',
};

/** What an API key needs: what acts on thousands needs the scope `operator` for all of it. */
export const scopesFor = (action: ActionName): readonly Scope[] =>
  action === 'accept-correction' ? ['operator', 'addresses'] : ['operator'];

/**
 * Whether who started it may still act. The access of an operator ends with a stop, when an admin ends the session; that it
 * expires ends nothing, since the browser may be closed.
 */
export async function isAccessLeft(ledger: Ledger, { tenant, action, actor, access }: BulkAction): Promise<boolean> {
  if (actor.kind !== 'api_key') return true;
  const key = await readApiKey(ledger, tenant, access);
  if (key === null || key.revokedAt !== null) return false;
  const isExpired = key.expiresAt !== null && key.expiresAt <= ledger.now();
  return !isExpired && scopesFor(action).every((scope) => key.scopes.includes(scope));
}
