import type { Shipment } from '@keycourier/journey/model/shipment';
import type { SavedView } from '@keycourier/ledger/views/saved-views';
import type { VNode } from 'preact';

import { BulkLink } from '../bulk/bulk-link.tsx';
import { FilterField, Filters, Tabs, type Tab } from '../pages/filters.tsx';
import { Command, Empty, Head, NewRows, Notice } from '../pages/parts.tsx';
import { Pager, Table } from '../pages/tables.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { ViewsMenu } from '../views/views-menu.tsx';
import { columnTitles } from './column-names.ts';
import { cells } from './columns.tsx';
import { queryOf, type FilterName, type ShipmentFilter } from './shipment-filter.ts';
import { commandOf } from './shipments-command.ts';

interface Props {
  items: readonly Shipment[];
  nextCursor: string | null;
  filter: ShipmentFilter;
  refused: readonly FilterName[];
  views: readonly SavedView[];
  viewer: Viewer;
  path: string;
}

export const ShipmentsView = ({ items, nextCursor, filter, refused, views, viewer, path }: Props): VNode => (
  <>
    <Head title="Shipments">
      <div class="actions">
        <ViewsMenu
          views={views}
          path="/shipments"
          query={queryOf({ ...filter, before: undefined }).slice(1)}
          viewer={viewer}
        />
        <a class="button small plain" href={pathIn(viewer, '/preferences#columns')}>
          Columns
        </a>
        {includesRole(viewer.role, 'operator') && <BulkLink viewer={viewer} query={bulkQueryOf(filter)} />}
        {includesRole(viewer.role, 'operator') && (
          <a class="button small plain" href={`${path}/export${queryOf({ ...filter, before: undefined })}`}>
            Export
          </a>
        )}
      </div>
    </Head>
    {refused.length > 0 && <Notice tone="warn">{`Not understood, and left out: ${refused.join(', ')}.`}</Notice>}
    <Tabs label="Status" tabs={tabsOf(filter, path)} />
    <FilterForm filter={filter} path={path} />
    <NewRows href={path + queryOf({ ...filter, before: undefined })} />
    {items.length === 0 ? (
      <Empty title="No shipments here">
        {filter.before === undefined ? 'Change the filter, or request a key.' : 'This was the last page.'}
      </Empty>
    ) : (
      <ShipmentTable items={items} viewer={viewer} path={path} />
    )}
    <Pager
      newest={filter.before === undefined ? null : path + queryOf({ ...filter, before: undefined })}
      older={nextCursor === null ? null : path + queryOf({ ...filter, before: nextCursor })}
    />
    <Command text={commandOf(filter)} />
  </>
);

const tabs: readonly { title: string; filter: ShipmentFilter }[] = [
  { title: 'All', filter: {} },
  { title: 'Held', filter: { status: ['held'] } },
  { title: 'Under way', filter: { status: ['requested', 'ready', 'ordered', 'in_transit', 'activated'] } },
  { title: 'Done', filter: { status: ['pin_sent', 'completed'] } },
  { title: 'Failed', filter: { status: ['failed'] } },
  { title: 'Cancelled', filter: { status: ['cancelled'] } },
  { title: 'Dry runs', filter: { dry: 'yes' } },
];

/** Each keeps the rest of the filter. */
/** Of dry runs there is nothing to act on. */
const bulkQueryOf = (filter: ShipmentFilter): string | null => {
  const query = queryOf({ ...filter, before: undefined });
  return query === '' || filter.dry !== undefined ? null : query;
};

function tabsOf({ status, dry, before: _before, ...rest }: ShipmentFilter, path: string): Tab[] {
  const isCurrent = (tab: ShipmentFilter): boolean =>
    String(tab.status ?? '') === String(status ?? '') && tab.dry === dry;
  return tabs.map(({ title, filter }) => ({
    title,
    href: path + queryOf({ ...rest, ...filter }),
    isCurrent: isCurrent(filter),
  }));
}

const fields = [
  { name: 'user', title: 'Login or Okta id', type: 'search' },
  { name: 'serial', title: 'Serial', type: 'search' },
  { name: 'tracking', title: 'Tracking number', type: 'search' },
  { name: 'since', title: 'Requested from', type: 'date' },
  { name: 'until', title: 'until', type: 'date' },
] as const;

const FilterForm = ({ filter, path }: { filter: ShipmentFilter; path: string }): VNode => (
  <Filters action={path} kept={{ status: filter.status?.join(','), dry: filter.dry, hold: filter.hold?.join(',') }}>
    {fields.map((field) => (
      <FilterField key={field.name} {...field} value={filter[field.name]} maxLength={100} />
    ))}
  </Filters>
);

type Items = Pick<Props, 'items' | 'viewer' | 'path'>;

/** Also of a search and of a person. */
export const ShipmentTable = ({ items, viewer, path }: Items): VNode => (
  <Table head={['Person', ...viewer.columns.map((column) => columnTitles[column])]} isLive>
    {items.map((shipment) => (
      <Row key={shipment.id} shipment={shipment} viewer={viewer} path={path} />
    ))}
  </Table>
);

function Row({ shipment, viewer, path }: { shipment: Shipment; viewer: Viewer; path: string }): VNode {
  const { id, secrets } = shipment;
  const name = [secrets.profile?.firstName, secrets.profile?.lastName].filter(Boolean).join(' ');
  return (
    <tr id={id}>
      <td>
        <a data-row href={`${path}/${id}`}>
          {secrets.login ?? shipment.user.id ?? 'erased'}
        </a>
        {name !== '' && <span class="quiet">{name}</span>}
      </td>
      {viewer.columns.map((column) => {
        const Cell = cells[column];
        return <Cell key={column} shipment={shipment} viewer={viewer} />;
      })}
    </tr>
  );
}
