import type { Shipment } from '@keycourier/journey/model/shipment';
import { statusOf, type Status } from '@keycourier/journey/model/status';
import type { SavedView } from '@keycourier/ledger/views/saved-views';
import { describeHold } from '@keycourier/messages/holds';
import type { VNode } from 'preact';

import { Command, Empty, NewRows, Notice, StatusMark } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { ViewsMenu } from '../views/views-menu.tsx';
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
    <div class="head">
      <h1>Shipments</h1>
      <div class="actions">
        <ViewsMenu
          views={views}
          path="/shipments"
          query={queryOf({ ...filter, before: undefined }).slice(1)}
          viewer={viewer}
        />
        {includesRole(viewer.role, 'operator') && (
          <a class="button small plain" href={`${path}/export${queryOf({ ...filter, before: undefined })}`}>
            Export
          </a>
        )}
      </div>
    </div>
    {refused.length > 0 && <Notice tone="warn">{`Not understood, and left out: ${refused.join(', ')}.`}</Notice>}
    <Tabs filter={filter} path={path} />
    <FilterForm filter={filter} path={path} />
    <NewRows href={path + queryOf({ ...filter, before: undefined })} />
    {items.length === 0 ? (
      <Empty title="No shipments here">
        {filter.before === undefined ? 'Change the filter, or request a key.' : 'This was the last page.'}
      </Empty>
    ) : (
      <ShipmentTable items={items} viewer={viewer} path={path} />
    )}
    <Pager filter={filter} nextCursor={nextCursor} path={path} />
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
function Tabs({ filter, path }: { filter: ShipmentFilter; path: string }): VNode {
  const { status: _status, dry: _dry, before: _before, ...rest } = filter;
  const isCurrent = ({ status, dry }: ShipmentFilter): boolean =>
    String(status ?? '') === String(filter.status ?? '') && dry === filter.dry;
  return (
    <ul class="tabs" aria-label="Status">
      {tabs.map((tab) => (
        <li key={tab.title}>
          <a
            href={path + queryOf({ ...rest, ...tab.filter })}
            aria-current={isCurrent(tab.filter) ? 'page' : undefined}
          >
            {tab.title}
          </a>
        </li>
      ))}
    </ul>
  );
}

const texts = [
  { name: 'user', title: 'Login or Okta id' },
  { name: 'serial', title: 'Serial' },
  { name: 'tracking', title: 'Tracking number' },
] as const;

const days = [
  { name: 'since', title: 'Requested from' },
  { name: 'until', title: 'until' },
] as const;

/** What the tabs set goes along, so that the address stays the whole state. */
const FilterForm = ({ filter, path }: { filter: ShipmentFilter; path: string }): VNode => (
  <form class="filters" action={path}>
    {filter.status !== undefined && <input type="hidden" name="status" value={filter.status.join(',')} />}
    {filter.dry !== undefined && <input type="hidden" name="dry" value="yes" />}
    {filter.hold !== undefined && <input type="hidden" name="hold" value={filter.hold.join(',')} />}
    {texts.map(({ name, title }) => (
      <label key={name}>
        {title}
        <input
          name={name}
          type="search"
          value={filter[name] ?? ''}
          maxLength={100}
          autocomplete="off"
          spellcheck={false}
        />
      </label>
    ))}
    {days.map(({ name, title }) => (
      <label key={name}>
        {title}
        <input name={name} type="date" value={filter[name] ?? ''} />
      </label>
    ))}
    <button class="small" type="submit">
      Filter
    </button>
  </form>
);

/** Also of a search and of a person. */
export const ShipmentTable = ({
  items,
  viewer,
  path,
}: {
  items: readonly Shipment[];
  viewer: Viewer;
  path: string;
}): VNode => (
  <div class="sheet">
    <table>
      <thead>
        <tr>
          <th scope="col">Person</th>
          <th scope="col">Status</th>
          <th scope="col">Key</th>
          <th scope="col">Requested</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody data-rows>
        {items.map((shipment) => (
          <Row key={shipment.id} shipment={shipment} viewer={viewer} path={path} />
        ))}
      </tbody>
    </table>
  </div>
);

function Row({ shipment, viewer, path }: { shipment: Shipment; viewer: Viewer; path: string }): VNode {
  const { id, secrets, purpose, product, credential, hold, trigger, createdAt, updatedAt } = shipment;
  const status: Status = statusOf(shipment.plan);
  const name = [secrets.profile?.firstName, secrets.profile?.lastName].filter(Boolean).join(' ');
  return (
    <tr id={id}>
      <td>
        <a data-row href={`${path}/${id}`}>
          {secrets.login ?? shipment.user.id ?? 'erased'}
        </a>
        {name !== '' && <span class="quiet">{name}</span>}
      </td>
      <td>
        <StatusMark status={status} />
        {hold !== null && <span class="quiet">{describeHold(hold.code)}</span>}
      </td>
      <td class="key">
        {`${purpose}, product ${product.productId}`}
        <span class="quiet">{credential.serial === null ? `by ${trigger}` : `serial ${credential.serial}`}</span>
      </td>
      <td class="nowrap" data-label="requested">
        <Time at={createdAt} viewer={viewer} />
      </td>
      <td class="nowrap" data-label="changed">
        <Time at={updatedAt} viewer={viewer} />
      </td>
    </tr>
  );
}

function Pager({
  filter,
  nextCursor,
  path,
}: {
  filter: ShipmentFilter;
  nextCursor: string | null;
  path: string;
}): VNode {
  return (
    <nav class="pager" aria-label="Pages">
      {filter.before !== undefined && <a href={path + queryOf({ ...filter, before: undefined })}>Newest</a>}
      {nextCursor !== null && (
        <a rel="next" href={path + queryOf({ ...filter, before: nextCursor })}>
          Older
        </a>
      )}
    </nav>
  );
}
