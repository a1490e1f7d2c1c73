import { validationFailed } from './errors.ts';
import type { OktaRequest } from './handler.ts';

/** `limit` within its bounds. @throws OktaError E0000001 if it is not a whole number within them */
export function pageSize(request: OktaRequest, bounds: { default: number; max: number; min?: number }): number {
  const { default: byDefault, max, min = 1 } = bounds;
  const { limit: text } = request.query;
  if (text === undefined) return byDefault;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= min && limit <= max) return limit;
  throw validationFailed('limit', [`limit: must be a whole number between ${min} and ${max}`]);
}

type QueryChange = Record<string, string | undefined>;

/** An entry of the Link header with a changed query: a string sets a parameter, undefined removes it. */
export function link(request: OktaRequest, rel: 'self' | 'next', change: QueryChange = {}): string {
  const url = new URL(request.url, request.origin);
  for (const [name, value] of Object.entries(change))
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  return `<${url.href}>; rel="${rel}"`;
}

interface Page<Row> {
  items: Row[];
  links: string[];
}

/** Removes the extra row that shows that there is a next page, and links to that page. */
export function page<Row extends { id: string }>(request: OktaRequest, rows: Row[], limit: number): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const links = [link(request, 'self')];
  if (rows.length > limit && last !== undefined) links.push(link(request, 'next', { after: last.id }));
  return { items, links };
}
