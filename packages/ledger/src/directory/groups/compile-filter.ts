import type { Filter } from '@keycourier/scim-protocol/filter/filter';
import { foldCase } from '@keycourier/scim-protocol/fold-case';
import { badRequest } from '@keycourier/scim-protocol/scim-error';
import { sql, type RawBuilder } from 'kysely';

import { compareText, compareTime } from '../compare-text.ts';
import { connectionIdOf, isVisible, type Origin } from '../scope.ts';

type Condition = RawBuilder<boolean>;

/**
 * A filter as a condition on `directory_groups`, of which nothing is sealed.
 * @throws ScimError `invalidFilter` for what is not stored, such as how a member is displayed
 */
export const compileGroupFilter = (origin: Origin, filter: Filter): Condition => compile(ofGroup(origin), filter);

/** What a resolved name stands for in SQL. */
interface Rules {
  present: (key: string) => Condition;
  compare: (comparison: Comparison) => Condition;
  values: (filter: Filter) => Condition;
}

type Comparison = Extract<Filter, { kind: 'compare' }>;

function compile(rules: Rules, filter: Filter): Condition {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const terms = filter.terms.map((term) => compile(rules, term));
      return sql<boolean>`(${sql.join(terms, filter.kind === 'and' ? sql` and ` : sql` or `)})`;
    }
    case 'not':
      return sql<boolean>`(${compile(rules, filter.term)} is not true)`;
    case 'present':
      return rules.present(filter.reference.key);
    case 'compare':
      return rules.compare(filter);
    case 'values':
      return rules.values(filter.filter);
  }
}

const always = sql<boolean>`true`;

const ofGroup = (origin: Origin): Rules => ({
  present: (key) => {
    if (key === 'externalId') return isOwnWith(origin, sql<boolean>`external_id is not null`);
    return key.startsWith('members') ? hasMember(origin, always) : always;
  },
  compare: (comparison) => compareGroup(origin, comparison),
  values: (filter) => hasMember(origin, compile(ofMember, filter)),
});

function compareGroup(origin: Origin, comparison: Comparison): Condition {
  const { reference, operator, value } = comparison;
  switch (reference.key) {
    case 'id':
      return compareText(sql.ref('directory_groups.id'), operator, value);
    case 'displayName':
      return compareText(sql.ref('directory_groups.folded'), operator, foldCase(String(value)));
    case 'externalId':
      if (operator === 'ne')
        return sql<boolean>`(${compareGroup(origin, { ...comparison, operator: 'eq' })} is not true)`;
      return isOwnWith(origin, compareText(sql.ref('external_id'), operator, value));
    case 'meta.created':
      return timeOf('created_at', comparison);
    case 'meta.lastModified':
      return timeOf('last_modified', comparison);
    case 'members.value':
    case 'members.type':
      // The opposite of `eq`: no member is this one.
      if (operator === 'ne') return sql<boolean>`(not ${compareGroup(origin, { ...comparison, operator: 'eq' })})`;
      return hasMember(origin, ofMember.compare(comparison));
    default:
      throw notFiltered(reference.key);
  }
}

/** Within the brackets of `members[…]`. */
const ofMember: Rules = {
  present: () => always,
  compare: ({ reference, operator, value }) => {
    if (reference.key === 'members.value') return compareText(sql.ref('person_id'), operator, value);
    if (reference.key === 'members.type') return compareText(sql`'user'`, operator, foldCase(String(value)));
    throw notFiltered(reference.key);
  },
  values: () => always,
};

const timeOf = (column: string, { reference, operator, value }: Comparison): Condition => {
  const compared = compareTime(sql.ref(`directory_groups.${column}`), operator, value);
  if (compared === null) throw notFiltered(reference.key);
  return compared;
};

const notFiltered = (key: string) =>
  badRequest(
    'invalidFilter',
    `Groups cannot be filtered by ${key}: use id, displayName, externalId, members.value or the times of meta.`,
  );

/** An externalId is the owning connection's (RFC 7643 §3.1). */
const isOwnWith = (origin: Origin, condition: Condition): Condition =>
  sql<boolean>`(directory_groups.connection_id = ${connectionIdOf(origin)} and ${condition})`;

const hasMember = (origin: Origin, condition: Condition): Condition => sql<boolean>`exists (
  select from directory_members join people on people.id = person_id
  where group_id = directory_groups.id and ${isVisible(origin, 'people')} and ${condition})`;
