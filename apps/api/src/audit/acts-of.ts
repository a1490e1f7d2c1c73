import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import type { Actor, Anchor, AuditAction, AuditDetail, Subject } from '@keycourier/ledger/audit/entry';
import { recordAudit } from '@keycourier/ledger/audit/record-audit';
import type { Database, Ledger } from '@keycourier/ledger/connect-ledger';
import type { HubAct } from '@keycourier/operations/hub/hub-acts';
import { logAnchor } from '@keycourier/operations/log-anchor';

import type { Context } from '../context.ts';
import type { Caller } from '../endpoint.ts';

/** What a request does, for the audit log. */
export interface Act {
  action: AuditAction;
  subject: Subject;
  detail?: AuditDetail;
  /** The actor's own words. */
  reason?: string;
}

/** The audit entry of one request. */
export interface Acts {
  /** Records it in the transaction of the act, as its last write. */
  record: (db: Database, act: Act) => Promise<void>;
  /** After the commit: logs the entry's place, which shows later whether the chain was cut off. */
  committed: () => void;
  /** A change and its entry in one transaction; `actOf` is null where nothing changed. */
  change: Change;
  /** The same of what is done to a hub; the relay is notified after the commit. */
  apply: <Result>(act: HubAct<Result>) => Promise<Result>;
}

type Change = <Result>(
  work: (ledger: Ledger) => Promise<Result>,
  actOf: (result: Result) => Act | null,
) => Promise<Result>;

export const actorOf = ({ id, scopes }: ApiKey): Actor => ({ kind: 'api_key', id, role: scopes.join(' ') });

export function actsOf(
  { ledger, logger }: Pick<Context, 'ledger' | 'logger'>,
  { tenant, apiKey }: Caller,
  { requestId }: { requestId: string | null },
): Acts {
  let anchor: Anchor | null = null;
  const record: Acts['record'] = async (db, act) => {
    anchor = await recordAudit({ ...ledger, db }, { ...act, tenant: tenant.name, actor: actorOf(apiKey), requestId });
  };
  const committed = (): void => logAnchor(logger, tenant.name, anchor);
  const change: Change = async (work, actOf) => {
    const result = await ledger.db.transaction().execute(async (db) => {
      const made = await work({ ...ledger, db });
      const act = actOf(made);
      if (act !== null) await record(db, act);
      return made;
    });
    committed();
    return result;
  };
  const apply: Acts['apply'] = async ({ work, actOf }) => {
    const result = await change(work, actOf);
    ledger.notifier.notify();
    return result;
  };
  return { record, committed, change, apply };
}
