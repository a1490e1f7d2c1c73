import type { EventOutcome, ListedEvent } from '@keycourier/ledger/events/list-events';
import { describeEventReason } from '@keycourier/messages/events';
import type { VNode } from 'preact';

import { FilterField, Filters, Tabs, type Tab } from '../pages/filters.tsx';
import { Command, Empty, Head } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
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
    <Head title="Events" />
    <Tabs label="Outcome" tabs={tabsOf(viewer, filter)} />
    <Filters action={pathIn(viewer, '/events')} kept={{ outcome: filter.outcome }}>
      <FilterField name="user" title="Login or Okta id" value={filter.user} />
      <FilterField name="uuid" title="Event uuid" value={filter.uuid} />
    </Filters>
    {items.length === 0 ? (
      <Empty title="No events here">
        An event that Okta could not deliver is read from the System Log: see Services on the overview.
      </Empty>
    ) : (
      <EventTable items={items} viewer={viewer} />
    )}
    <Pager
      newest={filter.before === undefined ? null : pathOf(viewer, { ...filter, before: undefined })}
      older={nextCursor === null ? null : pathOf(viewer, { ...filter, before: nextCursor })}
    />
    <Command text={commandOf(filter)} />
  </>
);

const pathOf = (viewer: Viewer, filter: EventFilter): string => addressIn(viewer, '/events', { ...filter });

const tabsOf = (viewer: Viewer, filter: EventFilter): Tab[] =>
  [undefined, ...(['accepted', 'ignored', 'set_aside', 'duplicate', 'received'] as const)].map((outcome) => ({
    title: outcome === undefined ? 'All' : outcomes[outcome].title,
    href: pathOf(viewer, { ...filter, outcome, before: undefined }),
    isCurrent: outcome === filter.outcome,
  }));

/** Also on the pages of a person and of a search: what did not happen, with the reason. */
export const EventTable = ({ items, viewer }: { items: readonly ListedEvent[]; viewer: Viewer }): VNode => (
  <Table head={['Event', 'Outcome and reason', 'Received', 'Happened']}>
    {items.map((event) => (
      <Row key={event.id} event={event} viewer={viewer} />
    ))}
  </Table>
);

function Row({ event, viewer }: { event: ListedEvent; viewer: Viewer }): VNode {
  const { title, tone } = outcomes[event.outcome];
  const reason = describeEventReason(event.outcome, event.reason);
  return (
    <tr id={event.id}>
      <td>
        {event.eventType}
        <code class="code">{event.key === 1 ? event.uuid : `${event.uuid}, key ${event.key}`}</code>
      </td>
      <td>
        <span class={`badge ${tone}`}>{title}</span>
        {reason !== null && <span class="message">{reason}</span>}
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
      <TimeCell at={event.receivedAt} label="received" viewer={viewer} />
      <TimeCell at={event.published} label="happened" viewer={viewer} />
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
