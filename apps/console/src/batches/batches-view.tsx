import type { ListedBatch } from '@keycourier/ledger/batches/batches';
import type { VNode } from 'preact';

import { Command, countText, Empty, Head } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';

interface Props {
  items: readonly ListedBatch[];
  nextCursor: string | null;
  viewer: Viewer;
}

export const BatchesView = ({ items, nextCursor, viewer }: Props): VNode => (
  <>
    <Head title="Batches">
      {includesRole(viewer.role, 'operator') && (
        <div class="actions">
          <a class="button small" href={pathIn(viewer, '/batches/new')}>
            Upload a file
          </a>
        </div>
      )}
    </Head>
    {items.length === 0 ? (
      <Empty title="No batch was sent yet">
        <code>keycourier batch people.csv --dry-run</code> checks every row of a file, and orders no key.
      </Empty>
    ) : (
      <Table head={['Batch', 'Rows', 'Accepted', 'Rejected', 'Sent']}>
        {items.map((batch) => (
          <Row key={batch.id} batch={batch} viewer={viewer} />
        ))}
      </Table>
    )}
    <Pager older={nextCursor === null ? null : pathIn(viewer, `/batches?before=${nextCursor}`)} />
    <Command text="keycourier batch list" />
  </>
);

const Row = ({ batch, viewer }: { batch: ListedBatch; viewer: Viewer }): VNode => (
  <tr id={batch.id}>
    <td>
      <a data-row href={pathIn(viewer, `/batches/${batch.id}`)}>
        <code>{batch.id}</code>
      </a>{' '}
      {batch.dryRun && <span class="badge">dry run</span>}
    </td>
    <td class="number" data-label="rows:">
      {countText(batch.total)}
    </td>
    <td class="number" data-label="accepted:">
      {countText(batch.accepted)}
    </td>
    <td class="number" data-label="rejected:">
      {batch.rejectedTotal > 0 ? <span class="warn">{countText(batch.rejectedTotal)}</span> : '0'}
    </td>
    <TimeCell at={batch.createdAt} label="sent" viewer={viewer} />
  </tr>
);
