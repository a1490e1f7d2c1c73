import type { Expiring } from '@keycourier/journey/model/expiring';
import { statuses, type Status } from '@keycourier/journey/model/status';
import type { HubProblems } from '@keycourier/ledger/hub/hub-health';
import type { DayCounts } from '@keycourier/ledger/overview/daily-counts';
import type { Health } from '@keycourier/ledger/overview/health';
import { countedAtMost, type HeldCauses } from '@keycourier/ledger/overview/held-causes';
import type { Stock, StockRead } from '@keycourier/ledger/overview/stock';
import type { VNode } from 'preact';

import { HubToLookAt } from '../hub/hub-problems.tsx';
import { Command, countText, Empty, Head, Notice, Section, statusTitles } from '../pages/parts.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { Causes, nothingHeld } from './causes.tsx';
import { Chart } from './chart.tsx';
import { ExpiringList, ToRenew } from './expiring.tsx';
import { HealthList } from './health-list.tsx';
import { LowStock, StockTable } from './stock.tsx';

interface Overview {
  counts: Readonly<Partial<Record<Status, number>>>;
  held: HeldCauses;
  health: Health;
  daily: readonly DayCounts[];
  stock: readonly Stock[];
  stockRead: StockRead | null;
  expiring: readonly Expiring[];
  eventsSetAside: number;
  /** Null for a tenant without a hub. */
  hub: HubProblems | null;
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
    {overview.hub !== null && <HubToLookAt problems={overview.hub} viewer={viewer} />}
    <LowStock stock={overview.stock} viewer={viewer} />
    <ToRenew expiring={overview.expiring} viewer={viewer} />
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
      <StockTable stock={overview.stock} read={overview.stockRead} viewer={viewer} />
      <ExpiringList expiring={overview.expiring} viewer={viewer} />
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
