import { z } from 'zod';

import type { Handler } from '../http/handler.ts';
import { link } from '../http/paging.ts';
import { binder, filterToSql, type Bind } from '../http/scim-filter.ts';
import { select } from '../store/database.ts';
import { writeCursor, type Cursor } from './cursor.ts';
import { admitLateEvents } from './late-events.ts';
import { logColumns } from './log-columns.ts';
import { logEventSchema } from './log-event.ts';
import { readLogQuery, type LogQuery } from './log-query.ts';

const rowSchema = z.object({ position: z.string(), published: z.date(), body: logEventSchema });

type Row = z.infer<typeof rowSchema>;

/** `GET /api/v1/logs`: polling queries in the order of persistence, bounded queries by `published`. */
export const listLogEvents: Handler = async (org, request) => {
  const { cursorGeneration } = org.settings.current();
  const query = readLogQuery(request, { now: org.now(), cursorGeneration });
  await admitLateEvents(org);
  const values: unknown[] = [];
  const bind = binder(values);
  const conditions = ['position is not null', spanCondition(query, bind)];
  if (query.filter !== undefined)
    conditions.push(filterToSql(query.filter, { columns: logColumns, bind: bind, refusal: 'E0000053' }));
  for (const word of query.keywords) conditions.push(`strpos(lower(body::text), lower(${bind(word)}::text)) > 0`);
  const direction = query.descending ? 'desc' : 'asc';
  const order = isPolling(query) ? 'position asc' : `published ${direction}, position ${direction}`;
  const rows = await select(org.db, rowSchema, {
    text: `select position, published, body from log_event where ${conditions.join(' and ')} order by ${order} limit ${query.limit + 1}`,
    values: values,
  });
  const events = rows.slice(0, query.limit);
  const hasMore = rows.length > query.limit;
  const next = await nextCursor(query, { events, hasMore, startSeq: () => lastPositionBefore(org.db, query) });
  const links = [link(request, 'self')];
  if (next !== undefined)
    links.push(link(request, 'next', { after: writeCursor(next, cursorGeneration), ...withoutSpan }));
  return { status: 200, body: events.map(({ body }) => body), links };
};

/** A cursor stands for the time span. */
const withoutSpan = { since: undefined, until: undefined };

function isPolling({ span }: LogQuery): boolean {
  return span.mode === 'polling' || (span.mode === 'resumed' && span.cursor.mode === 'polling');
}

function spanCondition({ span, descending }: LogQuery, bind: Bind): string {
  const between = (since: string, until: string): string =>
    `published >= ${bind(since)}::timestamptz and published <= ${bind(until)}::timestamptz`;
  switch (span.mode) {
    case 'polling':
      return `persisted >= ${bind(span.since)}`;
    case 'bounded':
      return between(span.since.toISOString(), span.until.toISOString());
    case 'resumed': {
      const { cursor } = span;
      if (cursor.mode === 'polling') return `position > ${bind(cursor.seq)}::bigint`;
      const beyond = `(published, position) ${descending ? '<' : '>'} (${bind(cursor.published)}::timestamptz, ${bind(cursor.seq)}::bigint)`;
      return `${between(cursor.since, cursor.until)} and ${beyond}`;
    }
  }
}

/** A polling query always has a next page, a bounded one only if there are more events. */
async function nextCursor(
  query: LogQuery,
  { events, hasMore, startSeq }: { events: Row[]; hasMore: boolean; startSeq: () => Promise<string> },
): Promise<Cursor | undefined> {
  const last = events.at(-1);
  if (isPolling(query)) return { mode: 'polling', seq: last?.position ?? (await startSeq()) };
  if (!hasMore || last === undefined) return undefined;
  const { since, until } = bounds(query);
  return { mode: 'bounded', since, until, published: last.published.toISOString(), seq: last.position };
}

function bounds({ span }: LogQuery): { since: string; until: string } {
  if (span.mode === 'bounded') return { since: span.since.toISOString(), until: span.until.toISOString() };
  if (span.mode === 'resumed' && span.cursor.mode === 'bounded') return span.cursor;
  throw new TypeError('a polling query has no bounds');
}

/** The position of an empty first page of a polling query: after all events persisted before its `since`. */
async function lastPositionBefore(db: Parameters<typeof select>[0], { span }: LogQuery): Promise<string> {
  if (span.mode === 'resumed') return span.cursor.seq;
  const rows = await select(db, z.object({ seq: z.string() }), {
    text: 'select coalesce(max(position), 0)::text as seq from log_event where persisted < $1',
    values: [span.since],
  });
  return rows[0]?.seq ?? '0';
}
