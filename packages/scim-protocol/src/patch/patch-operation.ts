import type { Filter } from '../filter/filter.ts';
import type { JsonValue } from '../json.ts';
import type { AttributeReference } from '../schemas/attribute.ts';

/** One change of one stored attribute of a user: operations without a path are taken apart, and values are coerced. */
export interface UserOperation {
  op: 'add' | 'replace' | 'remove';
  reference: AttributeReference;
  /** Which values of a multi-valued attribute; null for all of them. */
  filter: Filter | null;
  /** Undefined for `remove`, but where Entra lists the values to remove. */
  value: JsonValue | undefined;
}

/** One change of a group. Members are ids of users; none is ever read to add or remove another. */
export type GroupOperation =
  | { kind: 'rename'; displayName: string }
  | { kind: 'set_external_id'; externalId: string | null }
  | { kind: 'add_members' | 'remove_members' | 'replace_members'; ids: readonly string[] }
  | { kind: 'remove_all_members' };
