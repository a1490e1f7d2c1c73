import type { ListedBatch } from '@keycourier/ledger/batches/batches';
import type { VNode } from 'preact';

import { Command, countText, Empty } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

interface Props {
  items: readonly ListedBatch[];
  nextCursor: string | null;
  viewer: Viewer;
}

export const BatchesView = ({ items, nextCursor, viewer }: Props): VNode => (
  <>
    <div class="head">
      <h1>Batches</h1>
    </div>
    {items.length === 0 ? (
      <Empty title="No batch was sent yet">
        <code>keycourier batch people.csv --dry-run</code> checks every row of a file, and orders no key.
      </Empty>
    ) : (
      <Table items={items} viewer={viewer} />
    )}
    <nav class="pager" aria-label="Pages">
      {nextCursor !== null && (
        <a rel="next" href={pathIn(viewer, `/batches?before=${nextCursor}`)}>
          Older
        </a>
      )}
    </nav>
    <Command text="keycourier batch list" />
  </>
);

const Table = ({ items, viewer }: Pick<Props, 'items' | 'viewer'>): VNode => (
  <div class="sheet">
    <table>
      <thead>
        <tr>
          <th scope="col">Batch</th>
          <th scope="col">Rows</th>
          <th scope="col">Accepted</th>
          <th scope="col">Rejected</th>
          <th scope="col">Sent</th>
        </tr>
      </thead>
      <tbody>
        {items.map((batch) => (
          <Row key={batch.id} batch={batch} viewer={viewer} />
        ))}
      </tbody>
    </table>
  </div>
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
    <td class="nowrap" data-label="sent">
      <Time at={batch.createdAt} viewer={viewer} />
    </td>
  </tr>
);
