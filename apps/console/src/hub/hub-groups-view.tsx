import type { MappingCounts, PushedGroup } from '@keycourier/ledger/hub/groups';
import { describeGroupProblem } from '@keycourier/messages/hub-groups';
import type { VNode } from 'preact';

import { Tabs } from '../pages/filters.tsx';
import { Token } from '../pages/layout.tsx';
import { Command, countText, Empty, Notice, OptionalReason } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { HubHead } from './hub-parts.tsx';

interface Props {
  items: readonly PushedGroup[];
  nextCursor: string | null;
  isFirst: boolean;
  counts: MappingCounts;
  show: 'problem' | undefined;
  problem: string | undefined;
  viewer: Viewer;
}

const path = '/hub/groups';

export const HubGroupsView = ({ items, nextCursor, isFirst, counts, show, problem, viewer }: Props): VNode => (
  <>
    <HubHead current="Groups" viewer={viewer} />
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    <Tabs
      label="Groups"
      tabs={[
        { title: 'All', href: pathIn(viewer, path), isCurrent: show === undefined, count: counts.groups },
        {
          title: 'With a problem',
          href: addressIn(viewer, path, { show: 'problem' }),
          isCurrent: show === 'problem',
          count: counts.problems,
        },
      ]}
    />
    {items.length === 0 ? <NoGroups counts={counts} /> : <Rows items={items} viewer={viewer} />}
    <Pager
      newest={isFirst ? null : addressIn(viewer, path, { show })}
      older={nextCursor === null ? null : addressIn(viewer, path, { show, after: nextCursor })}
      title="More"
    />
    {includesRole(viewer.role, 'operator') && <Push viewer={viewer} />}
    <Command text="keycourier hub groups" />
  </>
);

const NoGroups = ({ counts }: Pick<Props, 'counts'>): VNode =>
  counts.groups === 0 ? (
    <Empty title="No group is pushed yet">
      Push one below by its id in the tenant’s org: a group of the same name is made in the hub, and the members follow
      who have a user there.
    </Empty>
  ) : (
    <Empty title="No group has a problem" />
  );

const Rows = ({ items, viewer }: Pick<Props, 'items' | 'viewer'>): VNode => (
  <Table head={['Group', 'State', 'Members', 'Last push']}>
    {items.map((group) => (
      <tr key={group.id} id={group.id}>
        <td>
          <a data-row href={pathIn(viewer, `${path}/${group.id}`)}>
            {group.name ?? group.groupId}
          </a>
          {group.problem !== null && <span class="message">{describeGroupProblem(group.problem)}</span>}
        </td>
        <td>
          <PushMark group={group} />
        </td>
        <td data-label="members:">{membersText(group)}</td>
        <TimeCell at={group.pushedAt} label="last push" viewer={viewer} />
      </tr>
    ))}
  </Table>
);

const tones: Readonly<Record<PushedGroup['status'], string>> = {
  active: ' good',
  pending: ' warn',
  paused: ' warn',
  problem: ' bad',
  deleting: ' warn',
};

export const PushMark = ({ group: { status } }: { group: PushedGroup }): VNode => (
  <span class={`badge${tones[status]}`}>{status}</span>
);

/** Those who are not as wanted are named; the rest is. */
export function membersText({ members, due, waiting, refused }: PushedGroup): string {
  const others = [
    { count: due, text: 'due' },
    { count: waiting, text: 'without a user in the hub' },
    { count: refused.reduce((sum, { people }) => sum + people, 0), text: 'refused' },
  ].flatMap(({ count, text }) => (count === 0 ? [] : [`${countText(count)} ${text}`]));
  return [members === null ? 'not compared yet' : countText(members), ...others].join(', ');
}

const Push = ({ viewer }: { viewer: Viewer }): VNode => (
  <details>
    <summary>Push a group …</summary>
    <form method="post" action={pathIn(viewer, path)} class="form sheet padded">
      <Token viewer={viewer} />
      <label class="field">
        Id of the group in the tenant’s org
        <input name="groupId" required pattern="[\w\-]{1,100}" maxLength={100} autocomplete="off" spellcheck={false} />
      </label>
      <fieldset>
        <legend>Its group in the hub</legend>
        <label class="choice">
          <input type="radio" name="target" value="new" defaultChecked />
          <span>A new one of the same name, which is best</span>
        </label>
        <label class="choice">
          <input type="radio" name="target" value="name" />
          <span>The one that the hub has, by its name below</span>
        </label>
        <label class="choice">
          <input type="radio" name="target" value="id" />
          <span>The one that the hub has, by its id below</span>
        </label>
      </fieldset>
      <label class="field">
        Name or id of the group in the hub, if it is not a new one
        <input name="link" maxLength={255} autocomplete="off" spellcheck={false} />
      </label>
      <p class="quiet">
        For the members whom the link pushes, this org decides: who is in the hub’s group by hand alone is removed from
        it.
      </p>
      <OptionalReason />
      <div class="actions">
        <button type="submit">Push the group</button>
      </div>
    </form>
  </details>
);
