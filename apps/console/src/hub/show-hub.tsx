import { initialStatuses } from '@keycourier/journey/hub/person-changes';
import { countMappings } from '@keycourier/ledger/hub/groups';
import { countMirrors } from '@keycourier/ledger/hub/list-mirrors';
import { readHubSettings } from '@keycourier/ledger/hub/settings';
import { changeOfSettings, testOfHub } from '@keycourier/operations/hub/hub-acts';
import { configuredHub, hasCredentials, readHubState, type HubState } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { apply } from './hub-parts.tsx';
import { HubView } from './hub-view.tsx';

/** The link to the hub: what signs in there, its last test, and what is pushed. */
export const showHub: ShowPage = async (context, viewer) => (viewer.hasHub ? pageOf(context, viewer) : null);

const stateOf = ({ ledger, tenants }: PagesContext, { tenant }: Viewer): Promise<HubState> =>
  readHubState(ledger, { tenant, config: configuredHub(tenants.get(tenant)?.hub) });

async function pageOf(context: PagesContext, viewer: Viewer, problem?: string): Promise<string> {
  const { ledger, tenants } = context;
  const { tenant } = viewer;
  const [state, settings, people, groups] = await Promise.all([
    stateOf(context, viewer),
    readHubSettings(ledger, tenant),
    countMirrors(ledger, tenant),
    countMappings(ledger, tenant),
  ]);
  const keysIn = tenants.get(tenant)?.keysIn ?? 'spoke';
  const children = <HubView {...{ state, settings, people, groups, keysIn, problem, viewer }} />;
  const isUnfinished = state.test !== null && state.test.endedAt === null;
  return renderPage({ title: 'Hub', section: 'hub', viewer, live: true, isUnfinished, children });
}

const status = z.enum(initialStatuses);
const checkbox = z.literal('on').optional();
const reason = z.string().trim().max(1_000).default('');

const fields = z.discriminatedUnion('do', [
  z.object({ do: z.literal('test') }),
  z.object({
    do: z.literal('set'),
    revision: z.string().regex(/^\d{1,18}$/),
    create: checkbox,
    update: checkbox,
    deactivate: checkbox,
    reactivate: checkbox,
    sendEmail: checkbox,
    onCreate: status,
    onLink: status,
    onReactivation: status,
    reason,
  }),
]);

type SettingsForm = Extract<z.output<typeof fields>, { do: 'set' }>;

/** Asks for a test, or changes what is pushed. */
export const changeHub: HandleForm = async (context, viewer, request) => {
  if (!viewer.hasHub) return null;
  const form = fields.safeParse(request.body).data;
  if (form === undefined)
    return refuse(context, viewer, { status: 422, problem: 'The form could not be read. Send it again.' });
  if (form.do === 'set') return setParts(context, viewer, form);
  if (!hasCredentials(await stateOf(context, viewer)))
    return refuse(context, viewer, { status: 409, problem: 'Nothing signs in to the hub yet: name its service app.' });
  await apply(context, viewer, { ...testOfHub(viewer.tenant), reason: '' });
  return done(viewer);
};

const done = (viewer: Viewer): FormResult => ({ outcome: 'done', location: pathIn(viewer, '/hub') });

async function setParts(context: PagesContext, viewer: Viewer, form: SettingsForm): Promise<FormResult> {
  if (!includesRole(viewer.role, 'admin'))
    return refuse(context, viewer, { status: 403, problem: 'Only an admin changes what is pushed.' });
  const { revision, create, update, deactivate, reactivate, sendEmail } = form;
  const isOn = (part: 'on' | undefined): boolean => part === 'on';
  const changes = {
    revision,
    switches: {
      create: isOn(create),
      update: isOn(update),
      deactivate: isOn(deactivate),
      reactivate: isOn(reactivate),
      sendEmail: isOn(sendEmail),
    },
    initialStatus: { create: form.onCreate, link: form.onLink, reactivation: form.onReactivation },
  };
  const changed = await apply(context, viewer, { ...changeOfSettings(viewer.tenant, changes), reason: form.reason });
  return changed === null
    ? refuse(context, viewer, {
        status: 409,
        problem: 'The settings were changed in the meantime. Look at them, and decide again.',
      })
    : done(viewer);
}

const refuse = async (
  context: PagesContext,
  viewer: Viewer,
  { status: code, problem }: { status: 403 | 409 | 422; problem: string },
): Promise<FormResult> => ({ outcome: 'refused', status: code, html: await pageOf(context, viewer, problem) });
