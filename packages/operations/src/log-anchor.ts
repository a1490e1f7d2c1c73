import type { Anchor } from '@keycourier/ledger/audit/entry';

/** Where anchors are kept outside the database: a log. */
interface Log {
  info: (fields: object, message: string) => void;
}

/** Logs the place of an audit entry, which shows later whether the chain was cut off. After the commit; null is no entry. */
export function logAnchor(log: Log, tenant: string, anchor: Anchor | null): void {
  if (anchor !== null) log.info({ tenant, ...anchor }, 'audit entry recorded');
}
