import type { InitialStatus } from '@keycourier/journey/hub/person-changes';
import type { HubAct } from '@keycourier/operations/hub/hub-acts';
import type { ComponentChildren, VNode } from 'preact';
import { z } from 'zod';

import { change } from '../audit/record.ts';
import { Tabs } from '../pages/filters.tsx';
import { Head } from '../pages/parts.tsx';
import type { PagesContext } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';

const parts = [
  { title: 'Link', path: '/hub' },
  { title: 'People', path: '/hub/people' },
  { title: 'Assigned groups', path: '/hub/assigned-groups' },
  { title: 'Groups', path: '/hub/groups' },
  { title: 'Runs', path: '/hub/runs' },
] as const;

interface HubHeadProps {
  current: (typeof parts)[number]['title'];
  viewer: Viewer;
  children?: ComponentChildren;
}

/** The heading of the hub's pages. */
export const HubHead = ({ current, viewer, children }: HubHeadProps): VNode => (
  <>
    <Head title="Hub">{children}</Head>
    <Tabs
      areParts
      label="Parts of the hub"
      tabs={parts.map(({ title, path }) => ({ title, href: pathIn(viewer, path), isCurrent: title === current }))}
    />
  </>
);

export const initialStatusTitles: Readonly<Record<InitialStatus, string>> = {
  active_without_pass: 'active: Okta asks for a password',
  active_with_pass: 'active, with a temporary password',
  pending_without_pass: 'staged',
  pending_with_pass: 'staged, with a temporary password',
};

/** An act and its audit entry in one transaction, by an operator. */
export async function apply<Result>(
  context: PagesContext,
  viewer: Viewer,
  { work, actOf, reason }: HubAct<Result> & { reason: string },
): Promise<Result> {
  const result = await change(context, viewer, {
    work,
    actOf: (made) => {
      const act = actOf(made);
      return act === null ? null : { ...act, reason: reason === '' ? null : reason };
    },
  });
  context.ledger.notifier.notify();
  return result;
}

/** Why nothing is pushed, where the hub is the source. */
export const notPushed =
  'The hub is the source of these people: nothing is pushed there until sourcing is switched off.';

export const oktaId = z.string().regex(/^[\w-]{1,100}$/);

/** Ids of Okta in a field, one a line or between commas. */
export const idsIn = (max: number) =>
  z
    .string()
    .transform((text) => text.split(/[\s,;]+/, max + 2).filter((one) => one !== ''))
    .pipe(z.array(oktaId).min(1).max(max));

/** Of a form whose act is recorded with a reason, if there is one. */
export const reasonField = z.string().trim().max(1_000).default('');

/** Assignments and mappings that an operator makes: who it was is in the audit log. */
export const madeBy = 'console';
