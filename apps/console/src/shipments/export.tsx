import type { Shipment } from '@keycourier/journey/model/shipment';
import { statusOf } from '@keycourier/journey/model/status';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { countShipments, listShipments } from '@keycourier/ledger/shipments/list-shipments';
import { shipmentsText } from '@keycourier/messages/bulk';
import type { RequestHandler } from 'express';
import type { VNode } from 'preact';

import { record } from '../audit/record.ts';
import { renderPage } from '../pages/layout.tsx';
import { countText, Head, Notice } from '../pages/parts.tsx';
import { noReason, ReasonForm, reasonOf, sendCsv } from '../pages/result-file.tsx';
import { viewerOf, type PagesContext, type ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { filterNames, parseFilter, queryOf, selectionOf, type ShipmentFilter } from './shipment-filter.ts';

/** More rows are not exported: a filter selects fewer. */
const maxRows = 100_000;
const rowsPerPage = 500;

/** Names the filter and its count, and asks for a reason: an export takes personal data out of the console. */
export const showExport: ShowPage = async ({ ledger }, viewer, request) => {
  const { filter } = parseFilter(request.query);
  return pageOf(viewer, { filter, count: await countOf(ledger, viewer, filter) });
};

const countedAtMost = 1_000;

const countOf = async (ledger: Ledger, { tenant }: Viewer, filter: ShipmentFilter): Promise<string> =>
  countText(await countShipments(ledger, { tenant, ...selectionOf(filter) }, countedAtMost + 1), countedAtMost);

/** The token of the form and the step-up have been checked. The entry in the audit log is written before the first row. */
export const exportShipments =
  (context: PagesContext): RequestHandler =>
  async (request, response) => {
    const { ledger } = context;
    const viewer = await viewerOf(context, request, response);
    const { filter } = parseFilter(request.query);
    const reason = reasonOf(request);
    if (reason === null) {
      const count = await countOf(ledger, viewer, filter);
      response.status(409).send(pageOf(viewer, { filter, count, problem: noReason }));
      return;
    }
    await record(context, viewer, {
      action: 'export',
      subject: { kind: 'list', id: 'shipments' },
      detail: { filter: filterNames.filter((name) => filter[name] !== undefined).join(' ') },
      reason,
    });
    const name = `shipments-${viewer.tenant}-${viewer.now.toISOString().slice(0, 10)}`;
    sendCsv(response, { name, columns, lines: linesOf(ledger, viewer.tenant, filter) });
  };

const columns = [
  'id',
  'status',
  'login',
  'oktaUserId',
  'purpose',
  'productId',
  'serial',
  'hold',
  'carrier',
  'trackingNumber',
  'trigger',
  'batch',
  'requestedAt',
  'changedAt',
  'pinSentAt',
] as const;

type Line = Readonly<Record<(typeof columns)[number], string | null>>;

async function* linesOf(ledger: Ledger, tenant: string, filter: ShipmentFilter): AsyncGenerator<Line> {
  let before = filter.before;
  for (let sent = 0; sent < maxRows; sent += rowsPerPage) {
    const page = await listShipments(ledger, { tenant, ...selectionOf({ ...filter, before }), limit: rowsPerPage });
    yield* page.items.map(lineOf);
    if (page.nextCursor === null) return;
    before = page.nextCursor;
  }
}

const lineOf = ({
  id,
  plan,
  secrets,
  user,
  purpose,
  product,
  credential,
  hold,
  parcel,
  ...shipment
}: Shipment): Line => ({
  id,
  status: statusOf(plan),
  login: secrets.login ?? null,
  oktaUserId: user.id,
  purpose,
  productId: product.productId,
  serial: credential.serial,
  hold: hold?.code ?? null,
  carrier: parcel.carrier,
  trackingNumber: parcel.trackingNumber,
  trigger: shipment.trigger,
  batch: shipment.batchId,
  requestedAt: shipment.createdAt.toISOString(),
  changedAt: shipment.updatedAt.toISOString(),
  pinSentAt: shipment.pin.sentAt?.toISOString() ?? null,
});

interface ExportPage {
  filter: ShipmentFilter;
  count: string;
  problem?: string;
}

const pageOf = (viewer: Viewer, view: ExportPage): string =>
  renderPage({
    title: 'Export shipments',
    section: 'shipments',
    viewer,
    children: <ExportView {...view} viewer={viewer} />,
  });

const ExportView = ({ filter, count, problem, viewer }: ExportPage & { viewer: Viewer }): VNode => (
  <>
    <Head
      title={`Export ${shipmentsText(count)}`}
      above={{ href: pathIn(viewer, `/shipments${queryOf(filter)}`), text: 'Shipments' }}
    />
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    <p>
      {`A CSV file with the login of each person and what became of each key, of those that the filter selects${
        queryOf(filter) === '' ? ': all of them' : ''
      }. It has no addresses and no PIN, and all columns, whichever the list shows. The export is recorded with its reason.`}
    </p>
    <ReasonForm button="Export" viewer={viewer} />
  </>
);
