import type { PushedGroup } from '@keycourier/ledger/hub/groups';
import { describeGroupProblem, describeMemberProblem } from '@keycourier/messages/hub-groups';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Command, countText, Facts, Head, Notice, OptionalReason, Section } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { membersText, PushMark } from './hub-groups-view.tsx';

interface Props {
  group: PushedGroup;
  problem: string | undefined;
  viewer: Viewer;
}

export const HubGroupView = ({ group, problem, viewer }: Props): VNode => (
  <>
    <Head
      title={group.name ?? group.groupId}
      above={{ href: pathIn(viewer, '/hub/groups'), text: 'Groups of the hub' }}
    >
      <PushMark group={group} />
      {includesRole(viewer.role, 'operator') && <Acts group={group} viewer={viewer} />}
    </Head>
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    {group.problem !== null && (
      <Notice tone="warn">
        {describeGroupProblem(group.problem)} <code>{group.problem}</code>{' '}
        <Time at={group.problemSince} viewer={viewer} />
      </Notice>
    )}
    <Facts
      rows={[
        ['In the tenant’s org', <code key="spoke">{group.groupId}</code>],
        ['In the hub', <Target key="hub" group={group} />],
        ['Members', membersText(group)],
        ...group.refused.map(({ code, people }): [string, VNode] => [
          'Refused',
          <span key={code}>
            {`${countText(people)}: ${describeMemberProblem(code)}`} <code class="quiet">{code}</code>
          </span>,
        ]),
        ['Last push', <Time key="push" at={group.pushedAt} viewer={viewer} />],
        ['Mapping', <code key="id">{group.id}</code>],
      ]}
    />
    {includesRole(viewer.role, 'operator') && <End group={group} viewer={viewer} />}
    <Command text={`keycourier hub groups push ${group.id}`} />
  </>
);

function Target({ group: { target, targetId, targetName, hubGroupId } }: { group: PushedGroup }): VNode {
  const how =
    target === 'new' ? 'a new group' : `linked, by ${targetId === null ? `its name ${targetName ?? ''}` : 'its id'}`;
  return (
    <>
      {hubGroupId !== null && <code>{hubGroupId}</code>}
      {hubGroupId === null && targetId !== null && <code>{targetId}</code>}
      {` ${how}${hubGroupId === null ? ', not there yet' : ''}`}
    </>
  );
}

type ActProps = Pick<Props, 'group' | 'viewer'>;

const Acts = ({ group: { id, status }, viewer }: ActProps): VNode => (
  <form method="post" action={pathIn(viewer, `/hub/groups/${id}`)} class="actions">
    <Token viewer={viewer} />
    <button class="small" name="do" value="push">
      Push now
    </button>
    {(status === 'active' || status === 'pending' || status === 'problem') && (
      <button class="small plain" name="do" value="pause">
        Pause
      </button>
    )}
  </form>
);

/** Deleting a group of the hub takes from people what it gives them: it is confirmed, with a reason. */
const End = ({ group, viewer }: ActProps): VNode => (
  <Section id="end" title="End the push">
    <details>
      <summary>Keep its group in the hub …</summary>
      <form method="post" action={pathIn(viewer, `/hub/groups/${group.id}`)} class="form sheet padded">
        <Token viewer={viewer} />
        <p>It stays with its members, and nothing of it is written any more.</p>
        <OptionalReason />
        <div class="actions">
          <button name="do" value="unlink">
            End the push
          </button>
        </div>
      </form>
    </details>
    <details>
      <summary>Delete its group in the hub, too …</summary>
      <form method="post" action={pathIn(viewer, `/hub/groups/${group.id}`)} class="form sheet padded">
        <Token viewer={viewer} />
        <p>People lose what the group gives them there. It cannot be undone.</p>
        <label class="field">
          Reason
          <input name="reason" required minLength={3} maxLength={200} autocomplete="off" />
        </label>
        <label class="choice">
          <input type="checkbox" name="confirmed" value="yes" required />
          <span>Delete the group in the hub</span>
        </label>
        <div class="actions">
          <button class="danger" name="do" value="delete">
            End the push and delete the group
          </button>
        </div>
      </form>
    </details>
  </Section>
);
