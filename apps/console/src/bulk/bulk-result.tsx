import { pipeline, Readable } from 'node:stream';

import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import { bulkColumns, linesOfBulk } from '@keycourier/operations/bulk/result-lines';
import { stringify } from 'csv-stringify';
import type { RequestHandler, Response } from 'express';
import type { VNode } from 'preact';

import { record } from '../audit/record.ts';
import { renderPage, Token } from '../pages/layout.tsx';
import { Head, Notice } from '../pages/parts.tsx';
import { viewerOf, type PagesContext, type ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { reasonSchema } from '../sign-in/step-up.ts';
import { titleOf } from './bulk-view.tsx';
import { readBulkInPath, subjectOf } from './show-bulk.tsx';

/** Asks for a reason: the file takes logins out of the console. */
export const showBulkResult: ShowPage = async (context, viewer, request) => {
  const bulk = await readBulkInPath(context, viewer, request);
  return bulk === null ? null : pageOf(viewer, bulk);
};

/** The token of the form and the step-up have been checked. The entry in the audit log is written before the first row. */
export const downloadBulkResult =
  (context: PagesContext): RequestHandler =>
  async (request, response, next) => {
    const viewer = await viewerOf(context, request, response);
    const bulk = await readBulkInPath(context, viewer, request);
    if (bulk === null) {
      next();
      return;
    }
    const reason = reasonSchema.safeParse(Object(request.body).reason);
    if (!reason.success) {
      response.status(409).send(pageOf(viewer, bulk, 'Enter the reason, in 3 to 200 characters.'));
      return;
    }
    await record(context, viewer, { action: 'export', subject: subjectOf(bulk), reason: reason.data });
    sendCsv(response, { name: bulk.id, columns: bulkColumns, lines: linesOfBulk(context.ledger, bulk.id) });
  };

interface CsvFile {
  name: string;
  columns: readonly string[];
  lines: AsyncIterable<Readonly<Record<string, string | number | null>>>;
}

/** A file that no spreadsheet reads as formulas. */
export function sendCsv(response: Response, { name, columns: names, lines }: CsvFile): void {
  response.attachment(`${name}.csv`);
  response.type('text/csv; charset=utf-8');
  const csv = stringify({
    header: true,
    columns: [...names],
    bom: true,
    record_delimiter: 'windows',
    escape_formulas: true,
  });
  // A client that leaves ends the reading; the answer is incomplete, which the browser shows.
  pipeline(Readable.from(lines), csv, response, () => undefined);
}

const pageOf = (viewer: Viewer, bulk: BulkAction, problem?: string): string =>
  renderPage({
    title: 'Result file',
    section: 'shipments',
    viewer,
    children: <ResultView bulk={bulk} viewer={viewer} problem={problem} />,
  });

const ResultView = (props: { bulk: BulkAction; viewer: Viewer; problem: string | undefined }): VNode => (
  <>
    <Head
      title="Result file"
      above={{ href: pathIn(props.viewer, `/bulk/${props.bulk.id}`), text: titleOf(props.bulk) }}
    />
    {props.problem !== undefined && <Notice tone="bad">{props.problem}</Notice>}
    <p>
      A CSV file with the login of each person and what became of each shipment. It has no addresses and no PIN. The
      download is recorded with its reason.
    </p>
    <form method="post" class="form">
      <Token viewer={props.viewer} />
      <label class="field">
        Reason
        <textarea name="reason" rows={2} required minLength={3} maxLength={200} />
      </label>
      <div>
        <button type="submit">Download</button>
      </div>
    </form>
  </>
);
