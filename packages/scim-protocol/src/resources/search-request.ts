import { z } from 'zod';

import type { Filter } from '../filter/filter.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import type { JsonValue } from '../json.ts';
import { requireMessage } from '../messages.ts';
import type { AttributeReference, ResourceTypeName } from '../schemas/attribute.ts';
import { foldName } from '../schemas/find-reference.ts';
import { badRequest } from '../scim-error.ts';
import { readProjection, type Projection } from './projection.ts';
import { readSortBy, type SortOrder } from './sort.ts';

export const pageLimits = { usual: 100, most: 200 } as const;

export interface ListQuery {
  filter: Filter | null;
  /** From 1 on. */
  startIndex: number;
  /** 0 asks for `totalResults` alone. */
  count: number;
  sortBy: AttributeReference | null;
  sortOrder: SortOrder;
  projection: Projection;
}

/** In `attributes`, and in `excludedAttributes`: all that a user has are fewer. */
export const maxNames = 200;

const searchRequestUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

const whole = (name: string) =>
  z.union(
    [
      z.int(),
      z
        .string()
        .regex(/^\s*[+-]?\d{1,15}\s*$/)
        .transform(Number),
    ],
    `${name} has to be a whole number`,
  );

const names = z
  .union([z.string(), z.array(z.string())], 'attributes and excludedAttributes have to be lists of names')
  .transform((named) => (typeof named === 'string' ? named.split(',') : named).filter((name) => name !== ''))
  .pipe(z.array(z.string()).max(maxNames, `attributes and excludedAttributes may have at most ${maxNames} names each`));

/** Of a query or a search; what else they have is ignored: Entra adds a flag of its own to each URL. */
const parameters = z.object({
  filter: z.string('filter has to be text').optional(),
  startindex: whole('startIndex').optional(),
  count: whole('count').optional(),
  sortby: z.string('sortBy has to be the name of an attribute').optional(),
  sortorder: z.string('sortOrder has to be "ascending" or "descending"').optional(),
  attributes: names.optional(),
  excludedattributes: names.optional(),
});

/** The query of a GET (RFC 7644 §3.4.2). @throws ScimError `invalidFilter`, `invalidValue` */
export function readListQuery(query: URLSearchParams, resourceType: ResourceTypeName): ListQuery {
  const raw = [...query].filter(([name, value]) => value !== '' || foldName(name) === 'filter');
  return readParameters(raw, resourceType);
}

/** The query of a GET of one resource, and of a POST, PUT or PATCH that is answered with one (RFC 7644 §3.9). */
export const readProjectionQuery = (query: URLSearchParams, resourceType: ResourceTypeName): Projection =>
  readListQuery(only(query, ['attributes', 'excludedattributes']), resourceType).projection;

const only = (query: URLSearchParams, kept: readonly string[]): URLSearchParams =>
  new URLSearchParams([...query].filter(([name]) => kept.includes(foldName(name))));

/** The body of a `POST …/.search` (RFC 7644 §3.4.3). @throws ScimError `invalidSyntax`, `invalidFilter`, `invalidValue` */
export const readSearchRequest = (body: JsonValue | undefined, resourceType: ResourceTypeName): ListQuery =>
  readParameters([...requireMessage(body, searchRequestUrn)], resourceType);

function readParameters(raw: readonly [string, unknown][], resourceType: ResourceTypeName): ListQuery {
  const present = raw.filter(([, value]) => value !== null);
  const parsed = parameters.safeParse(Object.fromEntries(present.map(([name, value]) => [foldName(name), value])));
  if (!parsed.success)
    throw badRequest('invalidValue', `${parsed.error.issues[0]?.message ?? 'A parameter is wrong'}.`);
  const { filter, startindex = 1, count = pageLimits.usual, sortby, sortorder, ...named } = parsed.data;
  return {
    filter: filter === undefined ? null : parseFilter(filter, resourceType),
    startIndex: Math.max(1, startindex),
    count: Math.min(Math.max(0, count), pageLimits.most),
    ...readSortBy(sortby, sortorder, resourceType),
    projection: readProjection(
      { attributes: named.attributes, excludedAttributes: named.excludedattributes },
      resourceType,
    ),
  };
}
