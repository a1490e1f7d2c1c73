import type { FlowSlug } from '@keycourier/journey/model/flows';
import { isFlowSlug, listFlows, switchFlow, type Flow } from '@keycourier/ledger/flows/flows';
import { warningOfTriggers } from '@keycourier/operations/flow-warnings';
import type { VNode } from 'preact';
import { z } from 'zod';

import { record } from '../audit/record.ts';
import { renderPage, Token } from '../pages/layout.tsx';
import { Command, Head, Notice, OptionalReason } from '../pages/parts.tsx';
import type { HandleForm, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';

export const showFlows: ShowPage = async ({ ledger }, viewer) => {
  const flows = await listFlows(ledger, viewer.tenant);
  const warning = await warningOfTriggers(ledger, viewer.tenant, flows);
  const children = <FlowsView flows={flows} warning={warning} viewer={viewer} />;
  return renderPage({ title: 'Flows', section: 'flows', viewer, children });
};

const body = z.object({ enabled: z.enum(['yes', 'no']), reason: z.string().trim().max(1_000).default('') });

export const switchOneFlow: HandleForm = async (context, viewer, request) => {
  const slug = String(request.params['slug']);
  if (!isFlowSlug(slug)) return null;
  const { enabled, reason } = body.parse(request.body);
  await switchFlow(context.ledger, { tenant: viewer.tenant, slug, enabled: enabled === 'yes' });
  await record(context, viewer, {
    action: 'flow.switched',
    subject: { kind: 'flow', id: slug },
    detail: { enabled: enabled === 'yes' },
    reason: reason === '' ? null : reason,
  });
  return { outcome: 'done', location: pathIn(viewer, '/flows') };
};

/** What happens while a flow is off. */
const off: Readonly<Record<FlowSlug, string>> = {
  'mfa-initiated': 'While it is off, its events are recorded as ignored, and not replayed later.',
  'group-add': 'While it is off, its events are recorded as ignored, and not replayed later.',
  'scim-group-add': 'While it is off, its events are recorded as ignored, and not replayed later.',
  'process-shipments': 'While it is off, no orders are placed; polling, activation and PINs go on.',
  'profile-recheck': 'While it is off, a completed profile lifts no hold by itself: retry the shipment.',
  'cancel-leavers': 'While it is off, the orders of leavers are not cancelled.',
  'revoke-leavers': 'While it is off, the credentials of leavers are not revoked.',
};

interface Props {
  flows: readonly Flow[];
  warning: string | null;
  viewer: Viewer;
}

const FlowsView = ({ flows, warning, viewer }: Props): VNode => (
  <>
    <Head title="Flows" />
    {warning !== null && <Notice tone="warn">{warning}</Notice>}
    <ul class="sheet lines">
      {flows.map((flow) => (
        <li key={flow.slug} id={`flow-${flow.slug}`}>
          <span>
            <strong>{flow.title}</strong> <code class="quiet">{flow.slug}</code>
            <span class="quiet block">{off[flow.slug]}</span>
          </span>
          <span>
            <span class={`badge ${flow.enabled ? 'good' : 'warn'}`}>{flow.enabled ? 'on' : 'off'}</span>
            {includesRole(viewer.role, 'operator') && <Switch flow={flow} viewer={viewer} />}
          </span>
        </li>
      ))}
    </ul>
    <Command text="keycourier flows list" />
  </>
);

const Switch = ({ flow, viewer }: { flow: Flow; viewer: Viewer }): VNode => (
  <details class="inline">
    <summary>{flow.enabled ? 'Switch off …' : 'Switch on …'}</summary>
    <form method="post" action={pathIn(viewer, `/flows/${flow.slug}`)} class="form">
      <Token viewer={viewer} />
      <OptionalReason />
      <button class="small" name="enabled" value={flow.enabled ? 'no' : 'yes'}>
        {flow.enabled ? `Switch ${flow.slug} off` : `Switch ${flow.slug} on`}
      </button>
    </form>
  </details>
);
