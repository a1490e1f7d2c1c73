import type { EventOutcome, ListedEvent } from '@keycourier/ledger/events/list-events';
import { describeEvent } from '@keycourier/messages/events';
import type { VNode } from 'preact';

import { Command, Empty } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import type { EventFilter } from './event-filter.ts';

interface Props {
  items: readonly ListedEvent[];
  nextCursor: string | null;
  filter: EventFilter;
  viewer: Viewer;
}

/** Each with what it means for the person. */
const outcomes: Readonly<Record<EventOutcome, { title: string; tone: string }>> = {
  received: { title: 'Not decided yet', tone: '' },
  accepted: { title: 'Accepted', tone: 'good' },
  ignored: { title: 'Ignored', tone: '' },
  set_aside: { title: 'Set aside', tone: 'warn' },
  duplicate: { title: 'Delivered again', tone: '' },
};

export const EventsView = ({ items, nextCursor, filter, viewer }: Props): VNode => (
  <>
    <div class="head">
      <h1>Events</h1>
    </div>
    <Tabs filter={filter} viewer={viewer} />
    <FilterForm filter={filter} viewer={viewer} />
    {items.length === 0 ? (
      <Empty title="No events here">
        An event that Okta could not deliver is read from the System Log: see Services on the overview.
      </Empty>
    ) : (
      <EventTable items={items} viewer={viewer} />
    )}
    <nav class="pager" aria-label="Pages">
      {filter.before !== undefined && <a href={pathOf(viewer, { ...filter, before: undefined })}>Newest</a>}
      {nextCursor !== null && (
        <a rel="next" href={pathOf(viewer, { ...filter, before: nextCursor })}>
          Older
        </a>
      )}
    </nav>
    <Command text={commandOf(filter)} />
  </>
);

const FilterForm = ({ filter, viewer }: Pick<Props, 'filter' | 'viewer'>): VNode => (
  <form class="filters" action={pathIn(viewer, '/events')}>
    {filter.outcome !== undefined && <input type="hidden" name="outcome" value={filter.outcome} />}
    <label>
      Login or Okta id
      <input
        name="user"
        type="search"
        value={filter.user ?? ''}
        maxLength={256}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
    <label>
      Event uuid
      <input
        name="uuid"
        type="search"
        value={filter.uuid ?? ''}
        maxLength={256}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
    <button class="small" type="submit">
      Filter
    </button>
  </form>
);

function pathOf(viewer: Viewer, filter: EventFilter): string {
  const pairs = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const query = new URLSearchParams(pairs).toString();
  return pathIn(viewer, query === '' ? '/events' : `/events?${query}`);
}

const Tabs = ({ filter, viewer }: { filter: EventFilter; viewer: Viewer }): VNode => (
  <ul class="tabs" aria-label="Outcome">
    {[undefined, ...(['accepted', 'ignored', 'set_aside', 'duplicate', 'received'] as const)].map((outcome) => (
      <li key={outcome ?? 'all'}>
        <a
          href={pathOf(viewer, { ...filter, outcome, before: undefined })}
          aria-current={outcome === filter.outcome ? 'page' : undefined}
        >
          {outcome === undefined ? 'All' : outcomes[outcome].title}
        </a>
      </li>
    ))}
  </ul>
);

/** Also on the pages of a person and of a search: what did not happen, with the reason. */
export const EventTable = ({ items, viewer }: { items: readonly ListedEvent[]; viewer: Viewer }): VNode => (
  <div class="sheet">
    <table>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">Outcome and reason</th>
          <th scope="col">Received</th>
          <th scope="col">Happened</th>
        </tr>
      </thead>
      <tbody>
        {items.map((event) => (
          <Row key={event.id} event={event} viewer={viewer} />
        ))}
      </tbody>
    </table>
  </div>
);

function Row({ event, viewer }: { event: ListedEvent; viewer: Viewer }): VNode {
  const { title, tone } = outcomes[event.outcome];
  return (
    <tr id={event.id}>
      <td>
        {event.eventType}
        <code class="code">{event.key === 1 ? event.uuid : `${event.uuid}, key ${event.key}`}</code>
      </td>
      <td>
        <span class={`badge ${tone}`}>{title}</span>
        <span class="message">{describeEvent(event.outcome, event.reason)}</span>
        {event.shipmentId !== null && (
          <a data-row href={pathIn(viewer, `/shipments/${event.shipmentId}`)}>
            its shipment
          </a>
        )}
        {event.redeliveries > 0 && (
          <span class="quiet">
            {`delivered again ${event.redeliveries === 1 ? 'once' : `${event.redeliveries} times`}, the last `}
            <Time at={event.redeliveredAt} viewer={viewer} />
          </span>
        )}
      </td>
      <td class="nowrap" data-label="received">
        <Time at={event.receivedAt} viewer={viewer} />
      </td>
      <td class="nowrap" data-label="happened">
        <Time at={event.published} viewer={viewer} />
      </td>
    </tr>
  );
}

const commandOf = ({ outcome, user, uuid }: EventFilter): string =>
  [
    'keycourier events',
    ...(outcome === undefined ? [] : [`--outcome ${outcome}`]),
    ...(user === undefined ? [] : [`--user '${user.replaceAll("'", `'\\''`)}'`]),
    ...(uuid === undefined ? [] : [`--uuid '${uuid.replaceAll("'", `'\\''`)}'`]),
  ].join(' ');
