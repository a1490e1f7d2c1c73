import type { Assignment } from '@keycourier/ledger/hub/assignments';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Command, Empty, Notice, OptionalReason } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { HubHead } from './hub-parts.tsx';

interface Props {
  /** Of groups alone. */
  items: readonly Assignment[];
  nextCursor: string | null;
  isFirst: boolean;
  problem: string | undefined;
  viewer: Viewer;
}

const path = '/hub/assigned-groups';

/** The groups of the tenant's org whose members are assigned to the hub. */
export const HubAssignedView = ({ items, nextCursor, isFirst, problem, viewer }: Props): VNode => (
  <>
    <HubHead current="Assigned groups" viewer={viewer} />
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    <p class="quiet">
      The members of these groups are pushed to the hub, as they join and leave. The groups themselves are not: see{' '}
      <a href={pathIn(viewer, '/hub/groups')}>Groups</a>.
    </p>
    {items.length === 0 ? (
      <Empty title={isFirst ? 'No group is assigned' : 'This was the last page'} />
    ) : (
      <Table head={['Group in the tenant’s org', 'Assigned']}>
        {items.map(({ spokeId, assignedAt }) => (
          <tr key={spokeId} id={spokeId}>
            <td>
              <code>{spokeId}</code>
            </td>
            <TimeCell at={assignedAt} label="assigned" viewer={viewer} />
          </tr>
        ))}
      </Table>
    )}
    <Pager
      newest={isFirst ? null : pathIn(viewer, path)}
      older={nextCursor === null ? null : addressIn(viewer, path, { after: nextCursor })}
      title="More"
    />
    {includesRole(viewer.role, 'operator') && <Assign viewer={viewer} />}
    {includesRole(viewer.role, 'operator') && items.length > 0 && <Unassign items={items} viewer={viewer} />}
    <Command text="keycourier hub assignments" />
  </>
);

const Assign = ({ viewer }: Pick<Props, 'viewer'>): VNode => (
  <details>
    <summary>Assign groups …</summary>
    <form method="post" action={pathIn(viewer, path)} class="form sheet padded">
      <Token viewer={viewer} />
      <label class="field">
        Okta ids of groups in the tenant’s org, one a line, 100 at most
        <textarea name="groupIds" rows={3} maxLength={10_200} required spellcheck={false} />
      </label>
      <p class="quiet">A comparison finds their members, who are pushed where the link may do that.</p>
      <OptionalReason />
      <div class="actions">
        <button name="do" value="assign">
          Assign
        </button>
      </div>
    </form>
  </details>
);

const Unassign = ({ items, viewer }: Pick<Props, 'items' | 'viewer'>): VNode => (
  <details>
    <summary>Unassign a group …</summary>
    <form method="post" action={pathIn(viewer, path)} class="form sheet padded">
      <Token viewer={viewer} />
      <label class="field">
        Group
        <select name="groupId" required>
          <option value="">choose one of this page</option>
          {items.map(({ spokeId }) => (
            <option key={spokeId} value={spokeId}>
              {spokeId}
            </option>
          ))}
        </select>
      </label>
      <p>
        Members who are not assigned by themselves or by another group are deactivated in the hub, where the link may do
        that. They are not deleted.
      </p>
      <OptionalReason />
      <div class="actions">
        <button class="danger" name="do" value="unassign">
          Unassign
        </button>
      </div>
    </form>
  </details>
);
