import { OktaError } from './errors.ts';
import type { OktaRequest } from './handler.ts';

/** `limit` within its bounds. @throws OktaError E0000001 when it is no whole number in 1…most. */
export function pageSize(request: OktaRequest, bounds: { standard: number; most: number; least?: number }): number {
  const asked = request.query['limit'];
  if (asked === undefined) return bounds.standard;
  const limit = Number(asked);
  const least = bounds.least ?? 1;
  if (Number.isInteger(limit) && limit >= least && limit <= bounds.most) return limit;
  throw new OktaError('E0000001', {
    about: 'limit',
    causes: [`limit: must be a whole number between ${least} and ${bounds.most}`],
  });
}

/** A link of the Link header, with some of the query changed: a string sets a parameter, undefined drops it. */
export function link(
  request: OktaRequest,
  rel: 'self' | 'next',
  change: Record<string, string | undefined> = {},
): string {
  const url = new URL(request.url, request.origin);
  for (const [name, value] of Object.entries(change))
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  return `<${url.href}>; rel="${rel}"`;
}

/** Cuts the one row too many that tells of a next page, and says where that page begins. */
export function page<Row extends { id: string }>(
  request: OktaRequest,
  rows: Row[],
  limit: number,
): { items: Row[]; links: string[] } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const links = [link(request, 'self')];
  if (rows.length > limit && last !== undefined) links.push(link(request, 'next', { after: last.id }));
  return { items, links };
}
