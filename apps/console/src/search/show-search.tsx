import { maxQueryLength, type QueryKind } from '@keycourier/ledger/search/classify-query';
import { search, type SearchResult } from '@keycourier/ledger/search/search';
import type { VNode } from 'preact';
import { z } from 'zod';

import { EventTable } from '../events/events-view.tsx';
import { renderPage } from '../pages/layout.tsx';
import { Empty, Head, Section } from '../pages/parts.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { ShipmentTable } from '../shipments/shipments-view.tsx';

const query = z.object({ q: z.string().trim().max(maxQueryLength).catch('') });

/** Everything that a text may mean: shipments, and also the events of which nothing came. */
export const showSearch: ShowPage = async ({ ledger }, viewer, request) => {
  const { q } = query.parse(request.query);
  const found = await search(ledger, viewer.tenant, q);
  const children = <SearchView text={q} found={found} viewer={viewer} />;
  return renderPage({ title: 'Search', section: null, viewer, search: q, children });
};

interface Props {
  text: string;
  found: SearchResult;
  viewer: Viewer;
}

const kinds: Readonly<Record<QueryKind, string>> = {
  shipment: 'a shipment',
  batch: 'a batch',
  event: 'an event',
  event_uuid: 'an event’s uuid',
  okta_user: 'an Okta user id',
  login: 'a login',
  serial: 'a serial number',
  tracking_number: 'a tracking number',
  name: 'a name',
};

const SearchView = ({ text, found, viewer }: Props): VNode => (
  <>
    <Head title={text === '' ? 'Search' : `Search for “${text}”`} />
    <p class="quiet">{readingsText(found)}</p>
    {found.batchId !== null && (
      <p>
        <a href={pathIn(viewer, `/batches/${found.batchId}`)}>The batch</a>
      </p>
    )}
    <Person found={found} viewer={viewer} />
    <Section id="shipments" title="Shipments">
      {found.shipments.length === 0 ? (
        <Empty title="No shipment">What was requested and did not become one is among the events.</Empty>
      ) : (
        <ShipmentTable items={found.shipments} viewer={viewer} path={pathIn(viewer, '/shipments')} />
      )}
    </Section>
    <Section id="events" title="Events">
      {found.events.length === 0 ? (
        <Empty title="No event">Events are found by the person’s login or Okta id, or by their own uuid.</Empty>
      ) : (
        <EventTable items={found.events} viewer={viewer} />
      )}
    </Section>
    {found.isMore && <p class="quiet">There is more: filter the shipments or the events.</p>}
  </>
);

function readingsText({ readings }: SearchResult): string {
  if (readings.length === 0) return 'This is nothing that can be searched for.';
  return `Searched for as ${readings.map(({ kind }) => kinds[kind]).join(', or as ')}.`;
}

/** A page for the person of a login or an id; a name, or a login of none, may be that of several. */
function Person({ found, viewer }: { found: SearchResult; viewer: Viewer }): VNode | null {
  const user = personIn(found);
  if (user === undefined) return null;
  return (
    <p>
      <a href={pathIn(viewer, `/people?${new URLSearchParams({ user }).toString()}`)}>
        All that is known of this person
      </a>
    </p>
  );
}

/** Events are found by the person alone, or by their own ids; shipments in other ways, too. */
function personIn({ readings, shipments, events, isMore }: SearchResult): string | undefined {
  const reading = readings.find(({ kind }) => kind === 'login' || kind === 'okta_user');
  if (events.length > 0 && reading !== undefined) return reading.value;
  const ids = new Set(shipments.map(({ user }) => user.id));
  return ids.size === 1 && !isMore ? ([...ids][0] ?? undefined) : undefined;
}
