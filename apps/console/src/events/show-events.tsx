import { listEvents } from '@keycourier/ledger/events/list-events';

import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { eventQuery } from './event-filter.ts';
import { EventsView } from './events-view.tsx';

const pageSize = 50;

/** What Okta and SCIM clients sent, and what became of it: the answer to "why has this person no key?". */
export const showEvents: ShowPage = async ({ ledger }, viewer, request) => {
  const filter = eventQuery.parse(request.query);
  const page = await listEvents(ledger, { tenant: viewer.tenant, limit: pageSize, ...filter });
  const children = <EventsView {...page} filter={filter} viewer={viewer} />;
  return renderPage({ title: 'Events', section: 'events', viewer, children });
};
