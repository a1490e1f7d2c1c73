import { Readable } from 'node:stream';

import { recordAudit } from '@keycourier/ledger/audit/record-audit';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { checkRows } from '@keycourier/operations/batches/check-rows';
import { createBatch } from '@keycourier/operations/batches/create-batch';
import { decodeText } from '@keycourier/operations/batches/decode-text';
import type { BatchSender } from '@keycourier/operations/batches/judge-row';
import { keepUpload, readBody, type BodyReader } from '@keycourier/operations/batches/keep-upload';
import { maxMebibytes } from '@keycourier/operations/batches/limits';
import { UnreadableFile } from '@keycourier/operations/batches/raw-row';
import { readCsv } from '@keycourier/operations/batches/read-csv';
import { requesterOf } from '@keycourier/operations/hands';
import { logAnchor } from '@keycourier/operations/log-anchor';
import { BodyError } from '@keycourier/runtime/http-body';
import { ShareError } from '@keycourier/runtime/tenant-shares';
import type { RequestHandler } from 'express';
import type { VNode } from 'preact';

import { renderPage, Token } from '../pages/layout.tsx';
import { Command, Head, Notice } from '../pages/parts.tsx';
import { viewerOf, type PagesContext, type ShowPage } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';
import { bounded, fileOf } from './read-upload.ts';

/** Of an operator's file: it is checked as by the API, and orders nothing. */
export const showUpload: ShowPage = async (_context, viewer) => pageOf(viewer, []);

/** Columns that say where a key goes need the tenant's permission. */
export class OverridesForbidden extends Error {
  readonly code = 'overrides_forbidden';
  readonly level = 'info';
}

/** Who sends a batch from the console. In the audit log an operator is named; in the shipments, by a keyed hash. */
export function senderOf(context: PagesContext, { tenant: name, signedIn }: Viewer): BatchSender | null {
  const tenant = context.tenants.get(name);
  if (tenant === undefined) return null;
  const products = tenant.products.map(({ productId, inventoryProductId, customizationId }) => ({
    productId,
    inventoryProductId,
    customizationId,
  }));
  return {
    tenant: { name, products, pinPolicy: tenant.pin },
    requestedBy: requesterOf(context.ledger.sealing, signedIn.login ?? signedIn.user),
    apiKeyId: null,
    refuseOverrides: () =>
      tenant.addresses.overrides === 'allowed' ? null : new OverridesForbidden('The tenant permits no overrides'),
  };
}

/** Starts a dry run of a file, as the API makes it. The token of the form has been checked; the file is not kept. */
export const dryRunUpload =
  (context: PagesContext): RequestHandler =>
  async (request, response, next) => {
    const viewer = await viewerOf(context, request, response);
    const sender = senderOf(context, viewer);
    const file = fileOf(request);
    if (sender === null) {
      next();
      return;
    }
    try {
      if (file === null) throw new UnreadableFile({ field: 'file', code: 'no_rows' });
      response.redirect(303, pathIn(viewer, `/batches/${await receive(context, viewer, { sender, file })}`));
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      response.set('Connection', 'close').status(refusal.status).send(pageOf(viewer, refusal.problems));
    }
  };

type File = NonNullable<ReturnType<typeof fileOf>>;

async function receive(
  context: PagesContext,
  viewer: Viewer,
  { sender, file }: { sender: BatchSender; file: File },
): Promise<string> {
  const place = context.batchUploads.shares.enter(viewer.tenant);
  try {
    const { kept } = await keepUpload(Readable.from(bounded(file), { objectMode: false }), place);
    const body = readBody(kept);
    try {
      return await startDryRun(context, viewer, { sender, body });
    } finally {
      await body.close();
    }
  } finally {
    place.leave();
  }
}

async function startDryRun(
  { batchUploads: { ledger, contention }, logger }: PagesContext,
  viewer: Viewer,
  { sender, body }: { sender: BatchSender; body: BodyReader },
): Promise<string> {
  const rows = () => readCsv(() => decodeText(body.open()));
  await checkRows(sender, rows(), contention.files.stretchesOf(viewer.tenant));
  const { report, anchor } = await ledger.db.transaction().execute(async (tx) => {
    const made = await createBatch({ ledger, tx, contention }, sender, { rows: rows(), dryRun: true });
    const entry = uploadedAs(viewer, made.id, { dryRun: true, rows: made.total });
    return { report: made, anchor: await recordAudit({ ...ledger, db: tx }, entry) };
  });
  logAnchor(logger, viewer.tenant, anchor);
  return report.id;
}

/** The audit entry of a batch that an operator sent. */
export const uploadedAs = (
  viewer: Viewer,
  id: string,
  detail: Readonly<Record<string, string | number | boolean>>,
) => ({
  tenant: viewer.tenant,
  actor: actorOf(viewer),
  action: 'batch.uploaded' as const,
  subject: { kind: 'batch', id },
  detail,
  requestId: viewer.requestId,
});

interface Refusal {
  status: number;
  problems: readonly string[];
}

/** What is wrong with the file; null for an error of ours. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof UnreadableFile)
    return { status: 422, problems: error.problems.map((problem) => describeProblem(problem).message) };
  if (error instanceof BodyError)
    return error.code === 'too_large'
      ? { status: 413, problems: [`A file may have at most ${maxMebibytes} MiB. Split it.`] }
      : { status: 400, problems: ['The file was not received whole. Send it again.'] };
  if (error instanceof OverridesForbidden)
    return {
      status: 422,
      problems: [
        'This tenant takes names, phone numbers and addresses from Okta or the HRIS alone: leave these columns out.',
      ],
    };
  if (error instanceof ShareError)
    return { status: 429, problems: ['Another file of this tenant is being received. Try again in a moment.'] };
  return null;
}

const pageOf = (viewer: Viewer, problems: readonly string[]): string =>
  renderPage({
    title: 'Upload a batch',
    section: 'batches',
    viewer,
    children: <UploadView viewer={viewer} problems={problems} />,
  });

const UploadView = ({ viewer, problems }: { viewer: Viewer; problems: readonly string[] }): VNode => (
  <>
    <Head title="Upload a batch" above={{ href: pathIn(viewer, '/batches'), text: 'Batches' }} />
    {problems.length > 0 && <Notice tone="bad">{['No row was accepted.', ...problems.slice(0, 20)].join(' ')}</Notice>}
    <p>
      A CSV file with a person in each row: a column <code>login</code> or <code>userId</code>, and, where wanted,{' '}
      <code>purpose</code> and <code>note</code>. Where the tenant may order several products, each row names one, by{' '}
      <code>productId</code>, <code>inventoryProductId</code> and <code>customizationId</code>. In UTF-8, separated by
      commas, semicolons or tabs, with at most 50,000 rows.
    </p>
    <form method="post" enctype="multipart/form-data" class="form sheet padded">
      <Token viewer={viewer} />
      <label class="field">
        File
        <input name="file" type="file" accept=".csv,.txt,text/csv" required />
      </label>
      <div class="actions">
        <button type="submit">Start a dry run</button>
      </div>
    </form>
    <p class="quiet">
      Nothing is ordered yet. A dry run checks each person and address as an order would, and shows what is wrong; the
      file itself is not kept.
    </p>
    <Command text="keycourier batch people.csv --dry-run" />
  </>
);
