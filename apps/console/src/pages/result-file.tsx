import { pipeline, Readable } from 'node:stream';

import { stringify } from 'csv-stringify';
import type { Request, RequestHandler, Response } from 'express';
import type { VNode } from 'preact';

import { record } from '../audit/record.ts';
import { reasonSchema } from '../sign-in/step-up.ts';
import { renderPage, Token } from './layout.tsx';
import { Head, Notice } from './parts.tsx';
import type { SectionName } from './sections.ts';
import { viewerOf, type PagesContext, type ShowPage } from './tenant-pages.ts';
import { pathIn, type Viewer } from './viewer.ts';

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

export const noReason = 'Enter the reason, in 3 to 200 characters.';

/** Why a file is taken out of the console; null where the form has no reason that can be recorded. */
export const reasonOf = (request: Request): string | null =>
  reasonSchema.safeParse(Object(request.body).reason).data ?? null;

/** A form without an address of its own: it is sent to that of its page. */
export const ReasonForm = ({ button, viewer }: { button: string; viewer: Viewer }): VNode => (
  <form method="post" class="form">
    <Token viewer={viewer} />
    <label class="field">
      Reason
      <textarea name="reason" rows={2} required minLength={3} maxLength={200} />
    </label>
    <div>
      <button type="submit">{button}</button>
    </div>
  </form>
);

/** The result of something with many shipments, as a file that takes logins out of the console. */
export interface ResultFile extends CsvFile {
  section: SectionName;
  subject: { kind: string; id: string };
  /** The page that it is the result of, and its path in the tenant. */
  above: { path: string; text: string };
  /** What it has. */
  content: string;
}

export type FindResult = (context: PagesContext, viewer: Viewer, request: Request) => Promise<ResultFile | null>;

/** Asks for a reason. */
export const showResult =
  (find: FindResult): ShowPage =>
  async (context, viewer, request) => {
    const file = await find(context, viewer, request);
    return file === null ? null : pageOf(viewer, file);
  };

/** The token of the form and the step-up have been checked. The entry in the audit log is written before the first row. */
export const sendResult =
  (find: FindResult) =>
  (context: PagesContext): RequestHandler =>
  async (request, response, next) => {
    const viewer = await viewerOf(context, request, response);
    const file = await find(context, viewer, request);
    if (file === null) {
      next();
      return;
    }
    const reason = reasonOf(request);
    if (reason === null) {
      response.status(409).send(pageOf(viewer, file, noReason));
      return;
    }
    await record(context, viewer, { action: 'export', subject: file.subject, reason });
    sendCsv(response, file);
  };

const pageOf = (viewer: Viewer, file: ResultFile, problem?: string): string =>
  renderPage({
    title: 'Result file',
    section: file.section,
    viewer,
    children: <ResultView file={file} viewer={viewer} problem={problem} />,
  });

const ResultView = (props: { file: ResultFile; viewer: Viewer; problem: string | undefined }): VNode => (
  <>
    <Head
      title="Result file"
      above={{ href: pathIn(props.viewer, props.file.above.path), text: props.file.above.text }}
    />
    {props.problem !== undefined && <Notice tone="bad">{props.problem}</Notice>}
    <p>{`${props.file.content} The download is recorded with its reason.`}</p>
    <ReasonForm button="Download" viewer={props.viewer} />
  </>
);
