import { bulkActions } from '@keycourier/journey/requests/bulk-actions';
import { maxBulkItems } from '@keycourier/ledger/bulk/bulk-action';
import { createBulkAction } from '@keycourier/ledger/bulk/bulk-actions';
import { maxSnoozeDays } from '@keycourier/ledger/holds/claims';
import { countShipments } from '@keycourier/ledger/shipments/list-shipments';
import { bulkTexts, shipmentsText } from '@keycourier/messages/bulk';
import { operatorActs } from '@keycourier/operations/hands';
import type { Request } from 'express';
import type { VNode } from 'preact';
import { z } from 'zod';

import { renderPage, Token } from '../pages/layout.tsx';
import { countText, Facts, Head, Notice } from '../pages/parts.tsx';
import type { HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';
import { selectionOf } from '../shipments/shipment-filter.ts';
import { bulkFilterOf, describeFilter, isWholeTenant, parseChosen, type ChosenFilter } from './bulk-filter.ts';

/** Names the filter and its count, and asks what to do: nothing is done before a dry run. */
export const showBulkChoice: ShowPage = async (context, viewer, request) => choicePage(context, viewer, { request });

const fields = z.object({
  action: z.enum(bulkActions),
  days: z.coerce.number().int().min(1).max(maxSnoozeDays).catch(1),
});

/** Freezes what the filter selects now; the page of the action then has its dry run. */
export const startBulkDryRun: HandleForm = async (context, viewer, request) => {
  const chosen = parseChosen(request.query);
  const form = fields.safeParse(request.body);
  const { ledger, mode, tenants } = context;
  const refuse = async (status: 409 | 422, problem: string) => ({
    outcome: 'refused' as const,
    status,
    html: await choicePage(context, viewer, { request, problem }),
  });
  if (chosen === null || isWholeTenant(chosen)) return refuse(422, 'Choose a filter first.');
  if (!form.success) return refuse(422, 'Choose what to do.');
  const { action, days } = form.data;
  if (action === 'accept-correction' && tenants.get(viewer.tenant)?.addresses.overrides === 'forbidden')
    return refuse(409, 'This tenant permits no corrections: addresses come from Okta or the HRIS alone.');
  const bulk = await createBulkAction(ledger, {
    tenant: viewer.tenant,
    action,
    filter: bulkFilterOf(chosen),
    by: { actor: actorOf(viewer), hand: operatorActs(viewer.signedIn, { mode, sealing: ledger.sealing }) },
    access: accessOf(viewer, request),
    snoozeDays: action === 'snooze' ? days : null,
  });
  return bulk === null
    ? refuse(409, 'Five dry runs are under way. Wait for one of them.')
    : { outcome: 'done', location: pathIn(viewer, `/bulk/${bulk.id}`) };
};

/** An admin who ends the session ends what was started in it. */
export const accessOf = ({ operator }: Viewer, request: Request): string =>
  `session:${request.session.reference ?? operator}`;

async function choicePage(
  { ledger }: PagesContext,
  viewer: Viewer,
  { request, problem }: { request: Request; problem?: string },
): Promise<string> {
  const chosen = parseChosen(request.query);
  const count =
    chosen === null
      ? 0
      : await countShipments(
          ledger,
          { tenant: viewer.tenant, ...bulkSelection(chosen), dryRun: false },
          maxBulkItems + 1,
        );
  const view = { chosen, count, viewer, problem };
  return renderPage({ title: 'Act on all of them', section: 'shipments', viewer, children: <Choice {...view} /> });
}

const bulkSelection = (chosen: ChosenFilter) => {
  const { before: _before, ...selection } = selectionOf(chosen.filter);
  return { ...selection, cause: chosen.cause, snoozed: bulkFilterOf(chosen).snoozed };
};

interface ChoiceProps {
  chosen: ChosenFilter | null;
  count: number;
  viewer: Viewer;
  problem: string | undefined;
}

function Choice({ chosen, count, viewer, problem }: ChoiceProps): VNode {
  const counted = countText(count, maxBulkItems);
  return (
    <>
      <Head
        title={`Act on ${shipmentsText(counted)}`}
        above={{ href: pathIn(viewer, '/bulk'), text: 'Actions on filters' }}
      />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {chosen === null && (
        <Notice tone="bad">The filter is not understood, or is one of dry runs. Nothing is selected.</Notice>
      )}
      {chosen !== null && isWholeTenant(chosen) && (
        <Notice tone="warn">
          There is no filter. Choose one in <a href={pathIn(viewer, '/shipments')}>Shipments</a> or{' '}
          <a href={pathIn(viewer, '/held')}>Held</a> first.
        </Notice>
      )}
      {chosen !== null && !isWholeTenant(chosen) && (
        <>
          <Facts rows={describeFilter(bulkFilterOf(chosen))} />
          {count > maxBulkItems && (
            <Notice tone="warn">{`The newest ${countText(maxBulkItems)} are taken. Repeat it for the others.`}</Notice>
          )}
          {count === 0 ? (
            <p class="quiet">The filter selects no shipment.</p>
          ) : (
            <Actions counted={counted} viewer={viewer} />
          )}
        </>
      )}
    </>
  );
}

const Actions = ({ counted, viewer }: { counted: string; viewer: Viewer }): VNode => (
  <>
    <p>
      Nothing is done yet. A dry run shows who is in, and who is out and why; then it is run with a reason, as a batch
      in the background.
    </p>
    <ul class="choices">
      {bulkActions.map((action) => (
        <li key={action} class="sheet padded">
          <form method="post" id={`choose-${action}`}>
            <Token viewer={viewer} />
            <input type="hidden" name="action" value={action} />
            <p class="title">{bulkTexts[action].title(counted)}</p>
            <p class="quiet">{bulkTexts[action].effect}</p>
            {action === 'snooze' && (
              <label class="field">
                Days
                <input name="days" type="number" min={1} max={maxSnoozeDays} value={1} required />
              </label>
            )}
            <button type="submit" class="small plain">
              Start the dry run<span class="visually-hidden">{`: ${bulkTexts[action].title(counted)}`}</span>
            </button>
          </form>
        </li>
      ))}
    </ul>
    <p class="quiet">A PIN is released, and a receipt confirmed, one by one: each says something about one person.</p>
  </>
);
