import type { HubProblems } from '@keycourier/ledger/hub/hub-health';
import { countedAtMost } from '@keycourier/ledger/overview/held-causes';
import type { VNode } from 'preact';

import { countText, Notice } from '../pages/parts.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

type Run = HubProblems['runs'][number];

const runTexts: Readonly<Record<Run['kind'], Readonly<Record<Run['state'], string>>>> = {
  people: { failed: 'the last comparison failed', held: 'a comparison is held' },
  import: { failed: 'the last import failed', held: 'an import is held' },
};

interface Props {
  problems: HubProblems;
  /** People whose two users differ. */
  drift?: number;
  viewer: Viewer;
}

/** What an operator is to look at in the hub, with where to; null where there is nothing. */
export function HubToLookAt({ problems: { people, groups, runs }, drift = 0, viewer }: Props): VNode | null {
  const counts = [
    { count: people, path: '/hub/people?show=problem', text: 'people with a problem' },
    { count: drift, path: '/hub/people?show=drift', text: 'people whose users differ' },
    { count: groups, path: '/hub/groups?show=problem', text: 'groups with a problem' },
  ];
  const found = [
    ...runs.map(({ id, kind, state }) => ({ path: `/hub/runs/${id}`, text: runTexts[kind][state] })),
    ...counts
      .filter(({ count }) => count > 0)
      .map(({ count, path, text }) => ({ path, text: `${countText(count, countedAtMost)} ${text}` })),
  ];
  if (found.length === 0) return null;
  return (
    <Notice tone="warn">
      {'In the hub: '}
      {found.map(({ path, text }, at) => (
        <span key={path}>
          {at > 0 && ', '}
          <a href={pathIn(viewer, path)}>{text}</a>
        </span>
      ))}
    </Notice>
  );
}
