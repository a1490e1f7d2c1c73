import { statuses, type Status } from '@keycourier/journey/model/status';
import type { DayCounts } from '@keycourier/ledger/overview/daily-counts';
import type { ExpiringSecret } from '@keycourier/ledger/overview/expiring';
import type { Health } from '@keycourier/ledger/overview/health';
import { countedAtMost, type HeldCauses } from '@keycourier/ledger/overview/held-causes';
import type { StockForecast } from '@keycourier/ledger/overview/stock';
import type { VNode } from 'preact';

import { Command, countText, Empty, Head, Notice, Section, statusTitles } from '../pages/parts.tsx';
import { Table, TimeCell } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { Causes, nothingHeld } from './causes.tsx';
import { Chart } from './chart.tsx';
import { HealthList } from './health-list.tsx';

interface Overview {
  counts: Readonly<Partial<Record<Status, number>>>;
  held: HeldCauses;
  health: Health;
  daily: readonly DayCounts[];
  stock: readonly StockForecast[];
  expiring: readonly ExpiringSecret[];
  eventsSetAside: number;
}

/** First what needs attention, then the rest. */
export const OverviewView = ({ overview, viewer }: { overview: Overview; viewer: Viewer }): VNode => (
  <>
    <Head title="Needs attention" />
    {overview.eventsSetAside > 0 && (
      <Notice tone="warn">
        <a href={pathIn(viewer, '/events?outcome=set_aside')}>
          {`${countText(overview.eventsSetAside, countedAtMost)} events are set aside`}
        </a>
        : they may ask for a key, and an operator is to look at them.
      </Notice>
    )}
    {overview.held.causes.length === 0 && (
      <Empty title={nothingHeld(overview.held)}>Holds appear here, grouped by their cause.</Empty>
    )}
    <Causes held={overview.held} viewer={viewer} />
    <Section id="now" title="Shipments">
      <Counts counts={overview.counts} viewer={viewer} />
    </Section>
    <div class="columns">
      <Chart daily={overview.daily} />
      <HealthList health={overview.health} viewer={viewer} />
    </div>
    <div class="columns">
      <Stock stock={overview.stock} viewer={viewer} />
      <Expiring expiring={overview.expiring} viewer={viewer} />
    </div>
    <Command text="keycourier list --status held" />
  </>
);

const Counts = ({ counts, viewer }: { counts: Overview['counts']; viewer: Viewer }): VNode => (
  <ul class="counts">
    {statuses.map((status) => (
      <li key={status} class={(counts[status] ?? 0) === 0 ? `${status} none` : status}>
        <a href={pathIn(viewer, `/shipments?status=${status}`)}>
          <span class="count">{countText(counts[status] ?? 0)}</span>
          <span class="title">{statusTitles[status]}</span>
        </a>
      </li>
    ))}
  </ul>
);

const Stock = ({ stock, viewer }: { stock: readonly StockForecast[]; viewer: Viewer }): VNode => (
  <Section id="stock" title="Stock at the provider">
    {stock.length === 0 ? (
      <Empty title="Not read yet">The worker reads it regularly, where the provider reports it.</Empty>
    ) : (
      <Table head={['Product', 'Left', 'Lasts', 'Read']}>
        {stock.map((item) => (
          <StockRow key={`${item.inventoryProductId} ${item.productId}`} item={item} viewer={viewer} />
        ))}
      </Table>
    )}
  </Section>
);

/** Less than a month's is marked: a purchase takes weeks. */
const shortDays = 30;

function StockRow({ item, viewer }: { item: StockForecast; viewer: Viewer }): VNode {
  const { productName, inventoryType, quantity, daysLeft, usedPerDay, readAt } = item;
  const isShort = quantity === 0 || (daysLeft !== null && daysLeft < shortDays);
  return (
    <tr>
      <td>
        {productName}
        <span class="quiet">{inventoryType}</span>
      </td>
      <td class="number" data-label="left:">
        {countText(quantity)} {isShort && <span class="badge warn">low</span>}
      </td>
      <td data-label="lasts:">
        {daysLeft === null ? '–' : `${countText(daysLeft)} days`}
        {usedPerDay !== null && <span class="quiet">{`${usedPerDay.toFixed(1)} a day`}</span>}
      </td>
      <TimeCell at={readAt} label="read" viewer={viewer} />
    </tr>
  );
}

const kinds: Readonly<Record<ExpiringSecret['kind'], string>> = {
  api_key: 'API key',
  scim_token: 'token of the SCIM connection',
  scim_client: 'OAuth client of the SCIM connection',
};

const Expiring = ({ expiring, viewer }: { expiring: readonly ExpiringSecret[]; viewer: Viewer }): VNode => (
  <Section id="expiring" title="Ends soon">
    {expiring.length === 0 ? (
      <Empty title="No key or token ends within 45 days" />
    ) : (
      <ul class="sheet lines">
        {expiring.map(({ kind, id, name, expiresAt }) => (
          <li key={id}>
            <span>{`${kinds[kind]} ${name}`}</span>
            <span class={expiresAt < viewer.now ? 'badge bad' : 'quiet'}>
              {expiresAt < viewer.now ? 'ended ' : 'ends '}
              <Time at={expiresAt} viewer={viewer} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </Section>
);
