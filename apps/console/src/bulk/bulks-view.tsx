import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import type { VNode } from 'preact';

import { Empty, Head, NewRows } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { describeFilter } from './bulk-filter.ts';
import { StateMark, titleOf } from './bulk-view.tsx';

interface Props {
  items: readonly BulkAction[];
  nextCursor: string | null;
  viewer: Viewer;
}

export const BulksView = ({ items, nextCursor, viewer }: Props): VNode => (
  <>
    <Head title="Actions on filters" above={{ href: pathIn(viewer, '/shipments'), text: 'Shipments' }} />
    <NewRows href={pathIn(viewer, '/bulk')} />
    {items.length === 0 ? (
      <Empty title="No action on a filter yet">
        Choose a filter in <a href={pathIn(viewer, '/shipments')}>Shipments</a> or a cause in{' '}
        <a href={pathIn(viewer, '/held')}>Held</a>, and act on all that it selects.
      </Empty>
    ) : (
      <Table head={['Action', 'Filter', 'State', 'By', 'Dry run']} isLive>
        {items.map((bulk) => (
          <Row key={bulk.id} bulk={bulk} viewer={viewer} />
        ))}
      </Table>
    )}
    <Pager older={nextCursor === null ? null : pathIn(viewer, `/bulk?before=${nextCursor}`)} />
  </>
);

const Row = ({ bulk, viewer }: { bulk: BulkAction; viewer: Viewer }): VNode => (
  <tr id={bulk.id}>
    <td>
      <a data-row href={pathIn(viewer, `/bulk/${bulk.id}`)}>
        {titleOf(bulk)}
      </a>
    </td>
    <td>
      {describeFilter(bulk.filter).map(([name, text]) => (
        <span key={name} class="message">{`${name}: ${text}`}</span>
      ))}
    </td>
    <td>
      <StateMark bulk={bulk} />
    </td>
    <td data-label="by">{bulk.actor.id}</td>
    <TimeCell at={bulk.createdAt} label="dry run" viewer={viewer} />
  </tr>
);
