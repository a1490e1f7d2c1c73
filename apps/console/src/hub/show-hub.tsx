import { initialStatuses } from '@keycourier/journey/hub/person-changes';
import { countMappings } from '@keycourier/ledger/hub/groups';
import { readHubProblems } from '@keycourier/ledger/hub/hub-health';
import { countMirrors } from '@keycourier/ledger/hub/list-mirrors';
import { comparisonLimits } from '@keycourier/ledger/hub/require-comparisons';
import { readHubSettings, type SettingsChanges } from '@keycourier/ledger/hub/settings';
import { sourcingTimes } from '@keycourier/ledger/hub/sourcing';
import { changeOfSettings, testOfHub } from '@keycourier/operations/hub/hub-acts';
import { configuredHub, hasCredentials, readHubState, type HubState } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { apply, reasonField as reason } from './hub-parts.tsx';
import { hourMs } from './hub-settings.tsx';
import { minuteMs } from './hub-sourcing.tsx';
import { HubView } from './hub-view.tsx';

/** The link to the hub: what signs in there, its last test, and what is pushed. */
export const showHub: ShowPage = async (context, viewer) => (viewer.hasHub ? pageOf(context, viewer) : null);

const stateOf = ({ ledger, tenants }: PagesContext, { tenant }: Viewer): Promise<HubState> =>
  readHubState(ledger, { tenant, config: configuredHub(tenants.get(tenant)?.hub) });

async function pageOf(context: PagesContext, viewer: Viewer, problem?: string): Promise<string> {
  const { ledger, tenants } = context;
  const { tenant } = viewer;
  const [state, settings, people, groups, problems] = await Promise.all([
    stateOf(context, viewer),
    readHubSettings(ledger, tenant),
    countMirrors(ledger, tenant),
    countMappings(ledger, tenant),
    readHubProblems(ledger, tenant),
  ]);
  const keysIn = tenants.get(tenant)?.keysIn ?? 'spoke';
  const children = <HubView {...{ state, settings, people, groups, problems, keysIn, problem, viewer }} />;
  const isUnfinished = state.test !== null && state.test.endedAt === null;
  return renderPage({ title: 'Hub', section: 'hub', viewer, live: true, isUnfinished, children });
}

const status = z.enum(initialStatuses);
const checkbox = z
  .literal('on')
  .optional()
  .transform((on) => on === 'on');
const revision = z.string().regex(/^\d{1,18}$/);
const decimal = z
  .string()
  .regex(/^\d{1,5}(\.\d{1,4})?$/)
  .transform(Number);

/** A time in a field, to the second; null where the field is empty. */
const timeIn = (unitMs: number, { minEveryMs, maxEveryMs }: { minEveryMs: number; maxEveryMs: number }) =>
  z.union([
    z.literal('').transform(() => null),
    decimal
      .transform((count) => Math.round((count * unitMs) / 1_000) * 1_000)
      .pipe(z.int().min(minEveryMs).max(maxEveryMs)),
  ]);

const fields = z.discriminatedUnion('do', [
  z.object({ do: z.literal('test') }),
  z.object({
    do: z.literal('set'),
    revision,
    create: checkbox,
    update: checkbox,
    deactivate: checkbox,
    reactivate: checkbox,
    sendEmail: checkbox,
    onCreate: status,
    onLink: status,
    onReactivation: status,
    compareEveryHours: timeIn(hourMs, comparisonLimits),
    reason,
  }),
  z.object({
    do: z.literal('source'),
    revision,
    isOn: checkbox,
    create: checkbox,
    deactivate: checkbox,
    reactivate: checkbox,
    maxShare: decimal.transform((percent) => percent / 100).pipe(z.number().max(1)),
    everyMinutes: timeIn(minuteMs, sourcingTimes),
    reason,
  }),
]);

type SettingsForm = Exclude<z.output<typeof fields>, { do: 'test' }>;

/** Asks for a test, or changes what is pushed. */
export const changeHub: HandleForm = async (context, viewer, request) => {
  if (!viewer.hasHub) return null;
  const form = fields.safeParse(request.body).data;
  if (form === undefined)
    return refuse(context, viewer, {
      status: 422,
      problem: 'The form could not be read. See its numbers, and send it again.',
    });
  if (form.do !== 'test') return changeSettings(context, viewer, form);
  if (!hasCredentials(await stateOf(context, viewer)))
    return refuse(context, viewer, { status: 409, problem: 'Nothing signs in to the hub yet: name its service app.' });
  await apply(context, viewer, { ...testOfHub(viewer.tenant), reason: '' });
  return done(viewer);
};

const done = (viewer: Viewer): FormResult => ({ outcome: 'done', location: pathIn(viewer, '/hub') });

async function changeSettings(context: PagesContext, viewer: Viewer, form: SettingsForm): Promise<FormResult> {
  if (!includesRole(viewer.role, 'admin'))
    return refuse(context, viewer, { status: 403, problem: 'Only an admin changes what is pushed or imported.' });
  const changes = { revision: form.revision, ...changesOf(form) };
  const changed = await apply(context, viewer, { ...changeOfSettings(viewer.tenant, changes), reason: form.reason });
  if (changed === null)
    return refuse(context, viewer, {
      status: 409,
      problem: 'The settings were changed in the meantime. Look at them, and decide again.',
    });
  if (changed === 'two_directions')
    return refuse(context, viewer, {
      status: 409,
      problem:
        'A link has one direction. Switch create, update, deactivate and reactivate off and end the pushes of groups, or switch sourcing off.',
    });
  return done(viewer);
}

function changesOf(form: SettingsForm): SettingsChanges {
  if (form.do === 'source') {
    const { isOn, create, deactivate, reactivate, maxShare, everyMinutes: everyMs } = form;
    return { sourcing: { isOn, create, deactivate, reactivate, maxShare, everyMs } };
  }
  const { create, update, deactivate, reactivate, sendEmail } = form;
  return {
    switches: { create, update, deactivate, reactivate, sendEmail },
    initialStatus: { create: form.onCreate, link: form.onLink, reactivation: form.onReactivation },
    compareEveryMs: form.compareEveryHours,
  };
}

const refuse = async (
  context: PagesContext,
  viewer: Viewer,
  { status: code, problem }: { status: 403 | 409 | 422; problem: string },
): Promise<FormResult> => ({ outcome: 'refused', status: code, html: await pageOf(context, viewer, problem) });
