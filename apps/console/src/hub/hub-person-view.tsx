import type { Assignment } from '@keycourier/ledger/hub/assignments';
import type { Mirror } from '@keycourier/ledger/hub/list-mirrors';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Command, Facts, Head, Notice, OptionalReason } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { initialStatusTitles } from './hub-parts.tsx';
import { StateMark, ToLookAt } from './hub-people-view.tsx';

interface Props {
  mirror: Mirror;
  login: string | null;
  /** Of the person alone; null where they are not. */
  assignment: Assignment | null;
  problem: string | undefined;
  viewer: Viewer;
}

export const HubPersonView = ({ mirror, login, assignment, problem, viewer }: Props): VNode => (
  <>
    <Head title={login ?? mirror.userId} above={{ href: pathIn(viewer, '/hub/people'), text: 'People of the hub' }}>
      <StateMark mirror={mirror} />
      {includesRole(viewer.role, 'operator') && <PushNow mirror={mirror} viewer={viewer} />}
    </Head>
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    <Facts
      rows={[
        [
          'In the tenant’s org',
          <a key="person" href={addressIn(viewer, '/people', { user: mirror.userId })}>
            <code>{mirror.userId}</code>
          </a>,
        ],
        ['In the hub', mirror.hubUserId === null ? 'not known yet' : <code key="hub">{mirror.hubUserId}</code>],
        ['To look at', <ToLookAt key="problem" mirror={mirror} />],
        ...(mirror.problemSince === null
          ? []
          : [['Since', <Time key="since" at={mirror.problemSince} viewer={viewer} />] as const]),
        ['Last written', <Time key="written" at={mirror.writtenAt} viewer={viewer} />],
        ['Assigned', <Assigned key="assigned" assignment={assignment} viewer={viewer} />],
        ...(assignment === null ? [] : assignedRows(assignment)),
      ]}
    />
    {includesRole(viewer.role, 'operator') && assignment !== null && <Unassign mirror={mirror} viewer={viewer} />}
    <Command text={`keycourier hub push ${mirror.userId}`} />
  </>
);

const Assigned = ({ assignment, viewer }: Pick<Props, 'assignment' | 'viewer'>): VNode =>
  assignment === null ? (
    <>not by themselves</>
  ) : (
    <>
      {'by themselves, '}
      <Time at={assignment.assignedAt} viewer={viewer} />
    </>
  );

const assignedRows = ({ initialStatus, hasSecurityQuestion }: Assignment): [string, string][] => [
  ['Initial status', initialStatus === null ? 'as the link has it' : initialStatusTitles[initialStatus]],
  ...(hasSecurityQuestion ? [['Security question', 'waits to be set in the hub'] satisfies [string, string]] : []),
];

type ActProps = Pick<Props, 'mirror' | 'viewer'>;

const PushNow = ({ mirror: { id }, viewer }: ActProps): VNode => (
  <form method="post" action={pathIn(viewer, `/hub/people/${id}`)} class="actions">
    <Token viewer={viewer} />
    <button class="small" name="do" value="push">
      Push now
    </button>
  </form>
);

const Unassign = ({ mirror: { id }, viewer }: ActProps): VNode => (
  <details>
    <summary>Unassign …</summary>
    <form method="post" action={pathIn(viewer, `/hub/people/${id}`)} class="form sheet padded">
      <Token viewer={viewer} />
      <p>Their user in the hub is deactivated, where the link may do that. It is not deleted.</p>
      <OptionalReason />
      <div class="actions">
        <button class="danger" name="do" value="unassign">
          Unassign
        </button>
      </div>
    </form>
  </details>
);
