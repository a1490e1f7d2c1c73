import type { Answer } from '@keycourier/http/answer';
import { answerOnce } from '@keycourier/http/answer-once';
import { answerToBodyError } from '@keycourier/http/answer-to-body-error';
import { json } from '@keycourier/http/contract';
import type { PlainRequest } from '@keycourier/http/handler';
import { streamRoute } from '@keycourier/http/parse-request';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { checkRows } from '@keycourier/operations/batches/check-rows';
import { createBatch } from '@keycourier/operations/batches/create-batch';
import { decodeText } from '@keycourier/operations/batches/decode-text';
import type { BatchSender } from '@keycourier/operations/batches/judge-row';
import { keepUpload, type Upload } from '@keycourier/operations/batches/keep-upload';
import { maxMebibytes } from '@keycourier/operations/batches/limits';
import { UnreadableFile, type OpenText, type RawRow } from '@keycourier/operations/batches/raw-row';
import { readCsv } from '@keycourier/operations/batches/read-csv';
import { BodyError } from '@keycourier/runtime/http-body';
import { z } from 'zod';

import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { flag } from '../shipments/query-fields.ts';
import { AddressesRefused, refuseAddresses } from '../shipments/refuse-addresses.ts';
import { describeRejected } from './batch-row-dto.ts';
import { batchBody, bodyExample, csvExample, report, reportExample } from './batch-schema.ts';
import { readJson } from './read-json.ts';

const query = z.strictObject({
  dryRun: flag.meta({ description: 'Dry run: check every row, order nothing' }),
});

type RowReader = (open: OpenText) => AsyncIterable<readonly RawRow[]>;

const readers: Readonly<Record<string, RowReader>> = { 'application/json': readJson, 'text/csv': readCsv };

/** Invalid rows are reported, the others become shipments; all of it is committed, or nothing. */
export const requestBatch: Endpoint = {
  contract: {
    name: 'requestBatch',
    locatedAt: '/v1/batches',
    summary: 'Request many keys',
    description:
      'Up to 50,000 rows, as JSON or as CSV. A CSV file is in UTF-8 with the field names in its header, in any case and with or without spaces and underscores; the separator is `,`, `;`, `|` or a tab, or what a first line such as `sep=;` names. Empty cells count as missing. Each row has the fields of a request for one shipment, with overridden attributes at the same level or, in JSON, in `profile`; a file with any of these needs the scope `addresses` too. Invalid rows are reported by number, the others are accepted: either all of this is stored, or nothing. Users and addresses are checked afterwards: see the rows of the batch.',
    query,
    body: {
      isRequired: true,
      content: {
        ...json(batchBody, bodyExample),
        'text/csv': { schema: z.string(), example: csvExample },
      },
    },
    isOnce: true,
    answers: { 202: { description: 'Accepted and rejected rows', content: json(report, reportExample) } },
    refusals: ['too_large', 'unsupported_media_type', 'overrides_forbidden'],
  },
  handler: streamRoute(query, async (context, caller, { query: { dryRun }, body: request }) => {
    const read = Object.hasOwn(readers, request.mediaType) ? readers[request.mediaType] : undefined;
    if (read === undefined)
      return refuse('unsupported_media_type', 'Send { "rows": [ … ] } as application/json, or a file as text/csv.');
    try {
      return await receiveFile(context, caller, { request, read, dryRun });
    } catch (error) {
      // Thrown, not returned, so that the transaction is rolled back.
      if (error instanceof BodyError)
        return answerToBodyError(error, `A file may have at most ${maxMebibytes} MiB. Split it.`);
      if (error instanceof UnreadableFile) return answerToUnreadable(error);
      if (error instanceof AddressesRefused) return error.answer;
      throw error;
    }
  }),
};

async function receiveFile(context: Context, caller: Caller, file: ReceivedFile): Promise<Answer> {
  const place = context.uploads.enter(caller.tenant.name);
  try {
    const upload = await keepUpload(file.request.streamBody(maxMebibytes * 1_048_576), place);
    try {
      return await writeFile(context, caller, { ...file, upload });
    } finally {
      await upload.discard();
    }
  } finally {
    place.leave();
  }
}

interface ReceivedFile {
  request: PlainRequest;
  read: RowReader;
  dryRun: boolean;
}

/** Waits for the tenant's other batches without a connection. */
async function writeFile(
  { bulkLedger: ledger, batchLimiter, contention }: Context,
  caller: Caller,
  { request, read, dryRun, upload }: ReceivedFile & { upload: Upload },
): Promise<Answer> {
  const idempotent = {
    apiKeyId: caller.apiKey.id,
    idempotencyKey: request.idempotencyKey,
    route: `POST /v1/batches ${request.mediaType} dryRun=${dryRun}`,
    body: upload.sha256,
  };
  const sender = senderOf(caller);
  const readRows = (): AsyncIterable<readonly RawRow[]> => read(() => decodeText(upload.open()));
  return batchLimiter.run(caller.tenant.name, async () => {
    // Before the transaction, so that it holds no connection; a repeated request gets its stored answer nevertheless.
    const fault = await faultOf(checkRows(sender, readRows(), contention.files.stretchesOf(caller.tenant.name)));
    return answerOnce(ledger, idempotent, async (tx) => {
      if (fault !== null) throw fault.error;
      const { rejected, ...made } = await createBatch({ ledger, tx, contention }, sender, { rows: readRows(), dryRun });
      return { status: 202, body: { ...made, rejected: describeRejected(rejected) } };
    });
  });
}

export function senderOf(caller: Caller): BatchSender {
  const { tenant, apiKey } = caller;
  const refuseOverrides = (): AddressesRefused | null => {
    const refusal = refuseAddresses(caller, 'override');
    return refusal === null ? null : new AddressesRefused(refusal);
  };
  return { tenant, requestedBy: apiKey.id, apiKeyId: apiKey.id, refuseOverrides };
}

const faultOf = (check: Promise<void>): Promise<{ error: unknown } | null> =>
  check.then(
    () => null,
    (error: unknown) => ({ error }),
  );

function answerToUnreadable({ problems }: UnreadableFile): Answer {
  const described = problems.map(describeProblem);
  const first = described.slice(0, 5).map(({ message }) => message);
  return refuse('bad_request', `No row was accepted. ${first.join(' ')}`, { problems: described });
}
