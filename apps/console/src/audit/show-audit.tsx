import { auditActions } from '@keycourier/ledger/audit/entry';
import { readAudit } from '@keycourier/ledger/audit/read-audit';

import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { auditQuery } from './audit-filter.ts';
import { AuditView } from './audit-view.tsx';

const pageSize = 100;

/** Who looked, who did: the tenant's audit log, newest first. */
export const showAudit: ShowPage = async ({ ledger }, viewer, request) => {
  const filter = auditQuery.parse(request.query);
  const { actor, action, subject, before } = filter;
  const selection = { tenant: viewer.tenant, actor, subjectId: subject };
  const entries = await readAudit(
    ledger,
    { ...selection, ...(action === undefined ? {} : { actions: [action] }) },
    { limit: pageSize + 1, before },
  );
  const children = (
    <AuditView
      entries={entries.slice(0, pageSize)}
      hasMore={entries.length > pageSize}
      filter={filter}
      actions={Object.keys(auditActions)}
      viewer={viewer}
    />
  );
  return renderPage({ title: 'Audit', section: 'audit', viewer, children });
};
