import { statuses, statusOf, type Status } from '@keycourier/journey/model/status';
import type { Batch } from '@keycourier/ledger/batches/batches';
import type { RowsByProblem } from '@keycourier/ledger/batches/count-problems';
import type { BatchRow } from '@keycourier/ledger/batches/read-rows';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { orderableMs } from '@keycourier/operations/batches/order-dry-run';
import { problemsOf } from '@keycourier/operations/offered-actions';
import type { VNode } from 'preact';

import { Tabs, type Tab } from '../pages/filters.tsx';
import { Token } from '../pages/layout.tsx';
import {
  Command,
  countText,
  Empty,
  Head,
  NewRows,
  Notice,
  Section,
  StatusMark,
  statusTitles,
} from '../pages/parts.tsx';
import { Pager, Table } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';

interface Props {
  batch: Batch;
  counts: Readonly<Record<string, number>>;
  items: readonly BatchRow[];
  nextCursor: number | null;
  status: Status | 'rejected' | undefined;
  problems: readonly RowsByProblem[];
  /** Why an order was refused. */
  problem: string | undefined;
  viewer: Viewer;
}

/** A batch's progress by status, and its rows in the order of the file. */
export const BatchView = ({ batch, counts, problems, problem, items, nextCursor, status, viewer }: Props): VNode => (
  <>
    <Head title={<code>{batch.id}</code>} above={{ href: pathIn(viewer, '/batches'), text: 'Batches' }}>
      {batch.dryRun && <span class="badge">dry run</span>}
    </Head>
    <p class="quiet">
      {`${countText(batch.total)} rows, sent `}
      <Time at={batch.createdAt} viewer={viewer} />
      {`: ${countText(batch.accepted)} accepted, ${countText(batch.rejectedTotal)} rejected.`}
    </p>
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    <Progress batch={batch} counts={counts} />
    {includesRole(viewer.role, 'operator') && batch.dryRun && <Order batch={batch} counts={counts} viewer={viewer} />}
    {problems.length > 0 && <Problems problems={problems} />}
    <Tabs label="Status" tabs={tabsOf({ batch, counts, status, viewer })} />
    <NewRows href={pathOf(batch, viewer, { status })} />
    {items.length === 0 ? (
      <Empty title="No rows here" />
    ) : (
      <Table head={['Row', 'Person', 'Status', 'Problems']} isLive>
        {items.map((row) => (
          <Row key={row.row} row={row} viewer={viewer} />
        ))}
      </Table>
    )}
    <Pager
      older={nextCursor === null ? null : pathOf(batch, viewer, { status, after: nextCursor })}
      title="Further rows"
    />
    {includesRole(viewer.role, 'operator') && (
      <p>
        <a class="button small plain" href={pathIn(viewer, `/batches/${batch.id}/result`)}>
          Result file
        </a>
      </p>
    )}
    <Command text={`keycourier batch watch ${batch.id}`} />
  </>
);

const ended: readonly Status[] = ['pin_sent', 'completed', 'failed', 'cancelled'];

function Progress({ batch, counts }: Pick<Props, 'batch' | 'counts'>): VNode {
  const done = batch.dryRun
    ? batch.accepted - (counts['requested'] ?? 0)
    : ended.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const what = batch.dryRun ? 'checked' : 'ended';
  return (
    <p>
      <progress max={Math.max(batch.accepted, 1)} value={done} aria-label={`Shipments that are ${what}`} />{' '}
      <span class="quiet">{`${countText(done)} of ${countText(batch.accepted)} ${what}`}</span>
    </p>
  );
}

/** What a dry run leads to: an order of what it found in order, or of what would be held, too. */
function Order({ batch, counts, viewer }: Pick<Props, 'batch' | 'counts' | 'viewer'>): VNode | null {
  const { held = 0, requested = 0, failed = 0, cancelled = 0 } = counts;
  if (batch.orderedAs !== null)
    return (
      <p>
        {'Ordered as '}
        <a href={pathIn(viewer, `/batches/${batch.orderedAs}`)}>
          <code>{batch.orderedAs}</code>
        </a>
      </p>
    );
  const all = batch.accepted - failed - cancelled;
  const ready = all - held;
  if (requested > 0 || all === 0 || viewer.now.getTime() - batch.createdAt.getTime() > orderableMs) return null;
  return (
    <form method="post" class="form">
      <Token viewer={viewer} />
      <label class="field">
        Reason
        <textarea name="reason" rows={2} required minLength={3} maxLength={200} />
      </label>
      <div class="actions">
        {ready > 0 && (
          <button type="submit" name="rows" value="ready">
            {`Order ${countText(ready)} ${ready === 1 ? 'key' : 'keys'}`}
          </button>
        )}
        {held > 0 && (
          <button type="submit" name="rows" value="all" class="plain">
            {`Order ${countText(all)}, of which ${countText(held)} will be held`}
          </button>
        )}
      </div>
    </form>
  );
}

const outcomeTitles: Readonly<Record<RowsByProblem['outcome'], string>> = {
  held: 'Held',
  rejected: 'Rejected',
  failed: 'Failed',
};

/** Rows with the same problem, with their remedy: by number, never by what they say. */
const Problems = ({ problems }: { problems: readonly RowsByProblem[] }): VNode => (
  <Section id="problems" title="By problem">
    <Table head={['Rows', 'What is wrong, and what to do', 'Outcome', 'Such as row']}>
      {problems.map(({ field, code, outcome, count, examples }) => (
        <tr key={`${outcome} ${field} ${code}`} id={`problem-${outcome}-${field}-${code}`.replaceAll(' ', '-')}>
          <td class="number" data-label="rows:">
            {countText(count)}
          </td>
          <td>
            {describeProblem({ field, code }).message}
            <span class="quiet">
              <code>{`${field}: ${code}`}</code>
            </span>
          </td>
          <td>{outcomeTitles[outcome]}</td>
          <td data-label="such as row">{examples.join(', ')}</td>
        </tr>
      ))}
    </Table>
  </Section>
);

const pathOf = (
  { id }: Batch,
  viewer: Viewer,
  query: { status: Props['status']; after?: number | undefined },
): string => addressIn(viewer, `/batches/${id}`, query);

function tabsOf({ batch, counts, status, viewer }: Pick<Props, 'batch' | 'counts' | 'status' | 'viewer'>): Tab[] {
  const tab = (title: string, count: number, one: Props['status']): Tab => ({
    title,
    count,
    href: pathOf(batch, viewer, { status: one }),
    isCurrent: status === one,
  });
  const rejected = batch.rejectedTotal > 0 ? [tab('Rejected', batch.rejectedTotal, 'rejected')] : [];
  const present = statuses.filter((one) => (counts[one] ?? 0) > 0);
  return [
    tab('All', batch.total, undefined),
    ...present.map((one) => tab(statusTitles[one], counts[one] ?? 0, one)),
    ...rejected,
  ];
}

function Row({ row, viewer }: { row: BatchRow; viewer: Viewer }): VNode {
  const problems = row.outcome === 'rejected' ? row.problems : problemsOf(row.shipment);
  return (
    <tr id={`row-${row.row}`}>
      <td class="number" data-label="row">
        {row.row}
      </td>
      <td>
        <Person row={row} viewer={viewer} />
      </td>
      <td>
        {row.outcome === 'rejected' ? (
          <span class="badge bad">Rejected</span>
        ) : (
          <StatusMark status={statusOf(row.shipment.plan)} />
        )}
      </td>
      <td>
        {problems.map((problem) => (
          <span key={`${problem.field} ${problem.code}`} class="message">
            {describeProblem(problem).message}
          </span>
        ))}
      </td>
    </tr>
  );
}

function Person({ row, viewer }: { row: BatchRow; viewer: Viewer }): VNode {
  if (row.outcome === 'rejected') return <>{row.subject.login ?? row.subject.id ?? '–'}</>;
  const { id, secrets, user } = row.shipment;
  return (
    <a data-row href={pathIn(viewer, `/shipments/${id}`)}>
      {secrets.login ?? user.id ?? 'erased'}
    </a>
  );
}
