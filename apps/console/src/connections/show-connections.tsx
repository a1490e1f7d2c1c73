import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { pathIn } from '../pages/viewer.ts';
import { ConnectionView } from './connection-view.tsx';
import { ConnectionsView } from './connections-view.tsx';
import { readConnections, readOneConnection } from './read-connections.ts';

export const showConnections: ShowPage = async ({ ledger }, viewer) => {
  const states = await readConnections(ledger, viewer.tenant);
  const children = <ConnectionsView states={states} viewer={viewer} path={pathIn(viewer, '/connections')} />;
  return renderPage({ title: 'SCIM connections', section: 'connections', viewer, children });
};

export const showConnection: ShowPage = async ({ ledger, scimUrl }, viewer, request) => {
  const details = await readOneConnection(ledger, viewer.tenant, String(request.params['id']));
  if (details === null) return null;
  const { id, name } = details.connection;
  const children = <ConnectionView details={details} baseUrl={`${scimUrl}/${id}`} viewer={viewer} />;
  return renderPage({ title: `SCIM connection ${name}`, section: 'connections', viewer, children });
};
