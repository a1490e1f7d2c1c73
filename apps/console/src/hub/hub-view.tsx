import type { HubCheck } from '@keycourier/journey/hub/judge-hub';
import type { OrgKind } from '@keycourier/journey/model/hub-user';
import type { MappingCounts } from '@keycourier/ledger/hub/groups';
import type { HubProblems } from '@keycourier/ledger/hub/hub-health';
import type { MirrorCounts } from '@keycourier/ledger/hub/list-mirrors';
import type { LinkSettings } from '@keycourier/ledger/hub/settings';
import type { HubTest } from '@keycourier/ledger/hub/tests';
import { hasCredentials, type HubState } from '@keycourier/operations/hub/hub-state';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Command, countText, Empty, Facts, Notice, Section } from '../pages/parts.tsx';
import { Table } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { HubHead } from './hub-parts.tsx';
import { HubToLookAt } from './hub-problems.tsx';
import { HubSettings } from './hub-settings.tsx';

interface Props {
  state: HubState;
  settings: LinkSettings;
  people: MirrorCounts;
  groups: MappingCounts;
  problems: HubProblems;
  /** Where keys are registered. */
  keysIn: OrgKind;
  problem: string | undefined;
  viewer: Viewer;
}

export const HubView = ({ state, settings, people, groups, problems, keysIn, problem, viewer }: Props): VNode => (
  <>
    <HubHead current="Link" viewer={viewer}>
      {includesRole(viewer.role, 'operator') && hasCredentials(state) && <TestNow test={state.test} viewer={viewer} />}
    </HubHead>
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    <HubToLookAt problems={problems} drift={people.drift} viewer={viewer} />
    <Section id="link" title="Link">
      <Facts rows={[...linkRows(state, viewer), ...countRows({ people, groups, viewer }), keysRow(keysIn)]} />
    </Section>
    <Section id="test" title="Test of the credentials">
      <Test state={state} viewer={viewer} />
    </Section>
    <HubSettings settings={settings} viewer={viewer} />
    <Command text="keycourier hub show" />
  </>
);

const TestNow = ({ test, viewer }: { test: HubTest | null; viewer: Viewer }): VNode => (
  <form method="post" action={pathIn(viewer, '/hub')} class="actions">
    <Token viewer={viewer} />
    <button class="small" name="do" value="test" disabled={test !== null && test.endedAt === null}>
      Test now
    </button>
  </form>
);

type Row = readonly [string, VNode | string];

function linkRows({ config, link }: HubState, viewer: Viewer): Row[] {
  const { orgUrl, clientId } = config ?? link ?? { orgUrl: '–', clientId: null };
  const auth = config?.auth ?? 'service_app';
  return [
    ['Hub', <code key="org">{orgUrl}</code>],
    [
      'Named',
      config !== null || link === null ? (
        'in keycourier.yaml'
      ) : (
        <>
          {'by API or command line, '}
          <Time at={link.createdAt} viewer={viewer} />
        </>
      ),
    ],
    ['Signs in', auth === 'api_token' ? 'with an API token' : <ServiceApp key="app" clientId={clientId} />],
    ...(config === null && link !== null ? [['Its key', <code key="kid">{link.publicKey.kid}</code>] as const] : []),
  ];
}

const ServiceApp = ({ clientId }: { clientId: string | null }): VNode =>
  clientId === null ? (
    <>
      <span class="badge warn">no service app yet</span> Make one in the hub with the public key that{' '}
      <code>keycourier hub show</code> prints, then <code>{'keycourier hub app <client id>'}</code>.
    </>
  ) : (
    <>
      as the service app <code>{clientId}</code>
    </>
  );

const countRows = ({ people, groups, viewer }: Pick<Props, 'people' | 'groups' | 'viewer'>): Row[] => [
  [
    'People',
    <a key="people" href={pathIn(viewer, '/hub/people')}>
      {`${countText(people.states.linked)} in the hub, ${countText(people.states.left)} deactivated there, ${countText(people.due)} due`}
    </a>,
  ],
  [
    'Groups',
    <a key="groups" href={pathIn(viewer, '/hub/groups')}>
      {`${countText(groups.groups)} pushed`}
    </a>,
  ],
];

const keysRow = (keysIn: OrgKind): Row => [
  'Keys are registered',
  keysIn === 'hub' ? 'in the hub' : 'in the tenant’s own org (keysIn in keycourier.yaml)',
];

function Test({ state, viewer }: { state: HubState; viewer: Viewer }): VNode {
  const { test } = state;
  if (test === null)
    return (
      <Empty title="The credentials were not tested yet">
        {hasCredentials(state)
          ? 'Test them before the first person is pushed: a token that Okta accepts can still lack what it is needed for.'
          : 'Name the service app first.'}
      </Empty>
    );
  if (test.endedAt === null)
    return (
      <Empty title="The test is under way">
        {'Asked for '}
        <Time at={test.requestedAt} viewer={viewer} />
        {'. A worker runs it within seconds, and changes nothing in the hub.'}
      </Empty>
    );
  const orgUrl = (state.config ?? state.link)?.orgUrl;
  return <Checks test={test} isOfAnother={test.orgUrl !== orgUrl} viewer={viewer} />;
}

const checkTitles: Readonly<Record<HubCheck['name'], string>> = {
  credentials: 'Credentials',
  scopes: 'Scopes',
  users: 'Users',
  groups: 'Groups',
  roles: 'Roles',
  may_create: 'May create people',
  may_update: 'May update people',
  may_assign: 'May assign to groups',
  may_change_groups: 'May change groups',
};

interface ChecksProps {
  test: HubTest;
  /** The hub has another address by now. */
  isOfAnother: boolean;
  viewer: Viewer;
}

function Checks({ test, isOfAnother, viewer }: ChecksProps): VNode {
  const checks = test.checks ?? [];
  const failed = checks.filter(({ passed }) => !passed).length;
  return (
    <>
      {isOfAnother && <Notice tone="warn">It was a test of another hub. Test this one.</Notice>}
      <p>
        <span class={`badge ${failed === 0 ? 'good' : 'bad'}`}>
          {failed === 0 ? 'passed' : `${failed} of ${checks.length} failed`}
        </span>{' '}
        <Time at={test.endedAt} viewer={viewer} /> at <code>{test.orgUrl ?? '–'}</code>
      </p>
      <Table head={['Check', 'Passed', 'Seen', 'What to grant']}>
        {checks.map(({ name, passed, message, grant }) => (
          <tr key={name}>
            <td>{checkTitles[name]}</td>
            <td>
              <span class={`badge ${passed ? 'good' : 'bad'}`}>{passed ? 'passed' : 'failed'}</span>
            </td>
            <td>{message}</td>
            <td data-label={grant === null ? '' : 'grant:'}>{grant ?? <span class="quiet">–</span>}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
