import { auditActions, isAuditAction } from '@keycourier/ledger/audit/entry';
import type { AuditEntry } from '@keycourier/ledger/audit/read-audit';
import type { VNode } from 'preact';

import { FilterField, Filters } from '../pages/filters.tsx';
import { Command, Empty, Head } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import type { AuditFilterInAddress } from './audit-filter.ts';

interface Props {
  entries: readonly AuditEntry[];
  hasMore: boolean;
  filter: AuditFilterInAddress;
  actions: readonly string[];
  viewer: Viewer;
}

export const AuditView = ({ entries, hasMore, filter, actions, viewer }: Props): VNode => (
  <>
    <Head title="Audit" />
    <FilterForm filter={filter} actions={actions} viewer={viewer} />
    {entries.length === 0 ? <Empty title="No entries here" /> : <Entries entries={entries} viewer={viewer} />}
    <Pager older={hasMore ? addressIn(viewer, '/audit', { ...filter, before: entries.at(-1)?.seq }) : null} />
    <Command text="keycourier audit verify" />
  </>
);

const FilterForm = ({ filter, actions, viewer }: Pick<Props, 'filter' | 'actions' | 'viewer'>): VNode => (
  <Filters action={pathIn(viewer, '/audit')}>
    <FilterField name="actor" title="Actor" value={filter.actor} />
    <FilterField name="subject" title="Subject" value={filter.subject} />
    <label>
      Action
      <select name="action">
        <option value="">Every action</option>
        {actions.map((action) => (
          <option key={action} value={action} selected={action === filter.action}>
            {action}
          </option>
        ))}
      </select>
    </label>
  </Filters>
);

const Entries = ({ entries, viewer }: Pick<Props, 'entries' | 'viewer'>): VNode => (
  <Table head={['When', 'Who', 'What', 'Reason']}>
    {entries.map((entry) => (
      <tr key={entry.seq} id={`audit-${entry.seq}`}>
        <TimeCell at={entry.at} viewer={viewer}>
          <span class="quiet">{`no. ${entry.seq}`}</span>
        </TimeCell>
        <td>
          {entry.actor.id ?? <span class="quiet">erased</span>}
          <span class="quiet">{`${entry.actor.kind.replaceAll('_', ' ')}, ${entry.actor.role}`}</span>
        </td>
        <td>
          <span class="message">{isAuditAction(entry.action) ? auditActions[entry.action] : entry.action}</span>
          <Subject entry={entry} viewer={viewer} />
        </td>
        <td>{entry.reason ?? ''}</td>
      </tr>
    ))}
  </Table>
);

function Subject({ entry: { subject }, viewer }: { entry: AuditEntry; viewer: Viewer }): VNode {
  if (subject.kind !== 'shipment') return <code class="code">{`${subject.kind} ${subject.id}`}</code>;
  return (
    <a href={pathIn(viewer, `/shipments/${subject.id}`)}>
      <code class="code">{subject.id}</code>
    </a>
  );
}
