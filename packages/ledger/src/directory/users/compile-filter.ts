import type { Filter } from '@keycourier/scim-protocol/filter/filter';
import { sql, type RawBuilder } from 'kysely';

import { compareText, compareTime } from '../compare-text.ts';
import { externalIdIndex, userNameIndex } from '../keyed.ts';
import { connectionIdOf, isVisible, tenantOf, type ReadScope } from '../scope.ts';
import { prefixToken, tokenFor } from './tokens.ts';

/** A filter as a condition on `people`. Where it is not exact, more people meet it than fit the filter, never fewer. */
export interface Compiled {
  where: RawBuilder<boolean>;
  isExact: boolean;
}

const exactly = (where: RawBuilder<boolean>): Compiled => ({ where, isExact: true });
const atMost = (where: RawBuilder<boolean>): Compiled => ({ where, isExact: false });

const everyone = sql<boolean>`true`;

export function compileUserFilter(scope: ReadScope, filter: Filter): Compiled {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const terms = filter.terms.map((term) => compileUserFilter(scope, term));
      const where = joined(terms, filter.kind);
      return { where, isExact: terms.every(({ isExact }) => isExact) };
    }
    case 'not': {
      const { where, isExact } = compileUserFilter(scope, filter.term);
      return isExact ? exactly(sql<boolean>`(${where} is not true)`) : atMost(everyone);
    }
    case 'present':
      return compilePresent(scope, filter);
    case 'compare':
      return compileCompare(scope, filter);
    case 'values':
      return compileValues(scope, filter);
  }
}

const joined = (terms: readonly Compiled[], kind: 'and' | 'or'): RawBuilder<boolean> =>
  sql<boolean>`(${sql.join(
    terms.map(({ where }) => where),
    kind === 'and' ? sql` and ` : sql` or `,
  )})`;

/** Every person has these. */
const alwaysPresent: ReadonlySet<string> = new Set(['id', 'schemas', 'meta', 'active', 'userName']);

function compilePresent(scope: ReadScope, { reference }: Extract<Filter, { kind: 'present' }>): Compiled {
  const { stored, attribute, sub } = reference;
  if (alwaysPresent.has(stored)) return exactly(everyone);
  if (stored === 'groups') return exactly(isMemberWhere(scope, everyone));
  if (stored === 'externalId') return exactly(hasExternalId(scope, sql`external_id_index is not null`));
  const isWhole = sub === null && (attribute === null || !stored.includes(':'));
  return { where: hasAttribute(stored), isExact: isWhole };
}

type Comparison = Extract<Filter, { kind: 'compare' }>;

function compileCompare(scope: ReadScope, comparison: Comparison): Compiled {
  const { reference, operator, value } = comparison;
  switch (reference.key) {
    case 'id':
      return exactly(compareText(sql.ref('people.id'), operator, value));
    case 'active':
      return exactly(sql<boolean>`(active ${operator === 'ne' ? sql`<>` : sql`=`} ${value === true})`);
    case 'meta.created':
    case 'meta.lastModified': {
      const column = sql.ref(reference.key === 'meta.created' ? 'people.created_at' : 'people.last_modified');
      const where = compareTime(column, operator, value);
      return where === null ? atMost(everyone) : exactly(where);
    }
    case 'groups.value':
      if (operator === 'ne')
        return exactly(sql<boolean>`(not ${isMemberWhere(scope, compareText(groupId, 'eq', value))})`);
      return exactly(isMemberWhere(scope, compareText(groupId, operator, value)));
    default:
      return compileIndexed(scope, comparison) ?? atMost(mayHave(comparison));
  }
}

const groupId = sql.ref('directory_groups.id');

/** By a keyed hash, or null where there is none for it. `ne` is the opposite of `eq`. */
function compileIndexed(scope: ReadScope, { reference, operator, value }: Comparison): Compiled | null {
  if (typeof value !== 'string') return null;
  const keys = { sealing: scope.ledger.sealing, tenant: tenantOf(scope.origin) };
  if (operator === 'sw') {
    const prefix = reference.key === 'userName' ? prefixToken(keys, value) : null;
    return prefix === null ? null : { where: hasToken(prefix.token), isExact: prefix.isWhole };
  }
  if (operator !== 'eq' && operator !== 'ne') return null;
  const where = isIndexed(scope, reference.key, value);
  if (where === null) return null;
  return exactly(operator === 'eq' ? where : sql<boolean>`(${where} is not true)`);
}

function isIndexed(scope: ReadScope, key: string, value: string): RawBuilder<boolean> | null {
  const { sealing } = scope.ledger;
  const tenant = tenantOf(scope.origin);
  if (key === 'userName') return sql<boolean>`(user_name_index = ${userNameIndex(sealing, tenant, value)})`;
  if (key === 'externalId') {
    const connectionId = connectionIdOf(scope.origin) ?? '';
    return hasExternalId(scope, sql`external_id_index = ${externalIdIndex(sealing, connectionId, value)}`);
  }
  const token = tokenFor({ sealing, tenant }, key, value);
  return token === null ? null : hasToken(token);
}

const hasToken = (token: string): RawBuilder<boolean> => sql<boolean>`(tokens @> array[${token}]::text[])`;

/** Another connection's externalId is not there (RFC 7643 §3.1). */
const hasExternalId = ({ origin }: ReadScope, condition: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql<boolean>`(people.connection_id = ${connectionIdOf(origin)} and ${condition})`;

const hasAttribute = (stored: string): RawBuilder<boolean> => sql<boolean>`exists (
  select from person_attributes where person_id = people.id and name = ${stored})`;

const isMemberWhere = ({ origin }: ReadScope, condition: RawBuilder<boolean>): RawBuilder<boolean> =>
  sql<boolean>`exists (
    select from directory_members join directory_groups on directory_groups.id = group_id
    where person_id = people.id and ${isVisible(origin, 'directory_groups')} and ${condition})`;

/** Attributes that no row of `person_attributes` has. */
const computed: ReadonlySet<string> = new Set([...alwaysPresent, 'groups']);

const mayHave = ({ reference: { stored }, operator }: Comparison): RawBuilder<boolean> =>
  operator === 'ne' || computed.has(stored) ? everyone : hasAttribute(stored);

/**
 * All terms have to hold for one value. What each of them asks of the person is necessary, and enough where there is one
 * alone; what a negated one asks of a value says nothing about the person.
 */
function compileValues(scope: ReadScope, { reference, filter }: Extract<Filter, { kind: 'values' }>): Compiled {
  const compiled = isLoneEquality(filter) ? compileUserFilter(scope, filter) : atMost(necessary(scope, filter));
  return compiled.isExact
    ? compiled
    : atMost(sql<boolean>`(${hasValues(scope, reference.stored)} and ${compiled.where})`);
}

const hasValues = (scope: ReadScope, stored: string): RawBuilder<boolean> =>
  stored === 'groups' ? isMemberWhere(scope, everyone) : hasAttribute(stored);

const isLoneEquality = (filter: Filter): boolean => filter.kind === 'compare' && filter.operator === 'eq';

function necessary(scope: ReadScope, filter: Filter): RawBuilder<boolean> {
  if (filter.kind === 'and' || filter.kind === 'or') {
    const terms = filter.terms.map((term) => atMost(necessary(scope, term)));
    return joined(terms, filter.kind);
  }
  return isLoneEquality(filter) ? compileUserFilter(scope, filter).where : everyone;
}
