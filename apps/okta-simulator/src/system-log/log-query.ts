import { OktaError, validationFailed } from '../http/errors.ts';
import type { OktaRequest } from '../http/handler.ts';
import { pageSize } from '../http/paging.ts';
import { readCursor, type Cursor } from './cursor.ts';

const dayMs = 86_400_000;

/** The parsed query of a request to /api/v1/logs. */
export interface LogQuery {
  span:
    | { mode: 'polling'; since: Date }
    | { mode: 'bounded'; since: Date; until: Date }
    | { mode: 'resumed'; cursor: Cursor };
  descending: boolean;
  limit: number;
  filter: string | undefined;
  keywords: string[];
}

interface LogState {
  now: Date;
  cursorGeneration: number;
}

/**
 * Parses the parameters as Okta's "System Log query" page defines them: an ascending query without `until` is a polling
 * query, any other is bounded.
 * @throws OktaError E0000053 for a `since` over 180 days back, E0000030 for an invalid date, E0000001 otherwise
 */
export function readLogQuery(request: OktaRequest, { now, cursorGeneration }: LogState): LogQuery {
  const { after, filter, q, since, sortOrder = 'ASCENDING', until } = request.query;
  if (sortOrder !== 'ASCENDING' && sortOrder !== 'DESCENDING')
    throw validationFailed('sortOrder', ['sortOrder: must be ASCENDING or DESCENDING']);
  if (after !== undefined && since !== undefined)
    throw validationFailed('after', ['after: cannot be used together with since']);
  const rest = {
    descending: sortOrder === 'DESCENDING',
    limit: pageSize(request, { default: 100, max: 1_000, min: 0 }),
    filter,
    keywords: keywords(q),
  };
  if (after !== undefined) return { span: { mode: 'resumed', cursor: readCursor(after, cursorGeneration) }, ...rest };
  const end = until === undefined ? now : readDate(until);
  const start = since === undefined ? new Date(end.getTime() - 7 * dayMs) : readDate(since);
  if (start.getTime() < now.getTime() - 180 * dayMs)
    throw new OktaError('E0000053', { causes: ['since: must be within the last 180 days'] });
  if (until === undefined && !rest.descending) return { span: { mode: 'polling', since: start }, ...rest };
  return { span: { mode: 'bounded', since: start, until: end }, ...rest };
}

function readDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new OktaError('E0000030');
  return date;
}

function keywords(q: string | undefined): string[] {
  const words = (q ?? '').split(/\s+/).filter((word) => word !== '');
  if (words.length > 10) throw validationFailed('q', ['q: takes at most 10 keywords']);
  if (words.some((word) => word.length > 40)) throw validationFailed('q', ['q: a keyword has at most 40 characters']);
  return words;
}
