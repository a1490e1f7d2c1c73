import { auditActions, isAuditAction } from '@keycourier/ledger/audit/entry';
import type { AuditEntry } from '@keycourier/ledger/audit/read-audit';
import type { VNode } from 'preact';

import { Command, Empty } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
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
    <div class="head">
      <h1>Audit</h1>
    </div>
    <FilterForm filter={filter} actions={actions} viewer={viewer} />
    {entries.length === 0 ? <Empty title="No entries here" /> : <Entries entries={entries} viewer={viewer} />}
    <nav class="pager" aria-label="Pages">
      {hasMore && (
        <a rel="next" href={pathIn(viewer, `/audit?${queryOf({ ...filter, before: entries.at(-1)?.seq })}`)}>
          Older
        </a>
      )}
    </nav>
    <Command text="keycourier audit verify" />
  </>
);

const FilterForm = ({ filter, actions, viewer }: Pick<Props, 'filter' | 'actions' | 'viewer'>): VNode => (
  <form class="filters" action={pathIn(viewer, '/audit')}>
    <label>
      Actor
      <input
        name="actor"
        type="search"
        value={filter.actor ?? ''}
        maxLength={200}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
    <label>
      Subject
      <input
        name="subject"
        type="search"
        value={filter.subject ?? ''}
        maxLength={200}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
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
    <button class="small" type="submit">
      Filter
    </button>
  </form>
);

const queryOf = (filter: AuditFilterInAddress): string =>
  new URLSearchParams(
    Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ).toString();

const Entries = ({ entries, viewer }: Pick<Props, 'entries' | 'viewer'>): VNode => (
  <div class="sheet">
    <table>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Reason</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.seq} id={`audit-${entry.seq}`}>
            <td class="nowrap">
              <Time at={entry.at} viewer={viewer} />
              <span class="quiet">{`no. ${entry.seq}`}</span>
            </td>
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
      </tbody>
    </table>
  </div>
);

function Subject({ entry: { subject }, viewer }: { entry: AuditEntry; viewer: Viewer }): VNode {
  if (subject.kind !== 'shipment') return <code class="code">{`${subject.kind} ${subject.id}`}</code>;
  return (
    <a href={pathIn(viewer, `/shipments/${subject.id}`)}>
      <code class="code">{subject.id}</code>
    </a>
  );
}
