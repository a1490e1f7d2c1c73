import { ConnectorError } from '@keycourier/journey/ports/errors';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

import { isNotOffered, notOfferedStatuses } from './fault-of-fulfillment.ts';
import type { SendToProvider } from './send.ts';

const keptMs = 3_600_000;

type Countries = readonly string[] | null;
type ReadCountries = (tenant: string, send: SendToProvider) => Promise<Countries>;

/** Reads the countries that the provider ships to, at most once an hour for each tenant; concurrent callers share one call. */
export function createCountryReader(nowMs: () => number): ReadCountries {
  const kept = new Map<string, { countries: Promise<Countries>; untilMs: number }>();
  return (tenant, send) => {
    const known = kept.get(tenant);
    if (known !== undefined && nowMs() < known.untilMs) return known.countries;
    const read = { countries: readCountries(send), untilMs: nowMs() + keptMs };
    kept.set(tenant, read);
    // A failure reaches the callers that wait for it, and is not cached.
    read.countries.catch(() => {
      if (kept.get(tenant) === read) kept.delete(tenant);
    });
    return read.countries;
  };
}

async function readCountries(send: SendToProvider): Promise<Countries> {
  const answer = await send({
    method: 'GET',
    path: '/countries/csv',
    expects: 'text',
    alsoAccepted: notOfferedStatuses,
  });
  return isNotOffered(answer) ? null : countryCodes(answer.text);
}

const tableSchema = z.array(z.array(z.string()));
const alpha2 = /^[A-Za-z]{2}$/;

/** The column `country_code_2`, else the first that holds only two-letter codes: its name is not documented. */
function countryCodes(text: string): readonly string[] {
  const csv = parse(text, { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  const [header = [], ...rows] = tableSchema.parse(csv);
  const named = header.findIndex((name) => name.toLowerCase() === 'country_code_2');
  const column = named === -1 ? header.findIndex((_name, index) => isOfCodes(rows, index)) : named;
  const codes = rows.flatMap((row) => row[column]?.match(alpha2)?.[0].toUpperCase() ?? []);
  if (column === -1 || (rows.length > 0 && codes.length === 0))
    throw new ConnectorError(
      { service: 'fulfillment', fault: 'outcome_unknown' },
      'answered with no list of countries',
    );
  return codes;
}

const isOfCodes = (rows: readonly (readonly string[])[], column: number): boolean =>
  rows.length > 0 && rows.every((row) => alpha2.test(row[column] ?? ''));
