/** The characteristics of an attribute (RFC 7643 §2.2 and §7), as `/Schemas` shows them. */
export interface Attribute {
  name: string;
  type: 'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'reference' | 'binary' | 'complex';
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact: boolean;
  mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  returned: 'always' | 'never' | 'default' | 'request';
  uniqueness: 'none' | 'server' | 'global';
  canonicalValues?: readonly string[];
  referenceTypes?: readonly string[];
  subAttributes?: readonly Attribute[];
}

export interface Schema {
  /** Its URN. */
  id: string;
  name: string;
  description: string;
  attributes: readonly Attribute[];
}

export type ResourceTypeName = 'User' | 'Group';

/**
 * What a name in a request stands for. `key` is canonical, as the schema spells it: `userName`, `emails.value`,
 * `name.familyName`, `meta.lastModified`, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.
 */
export interface AttributeReference {
  key: string;
  /** The attribute that is stored as one: a top-level attribute's name, or an extension's URN. */
  stored: string;
  /** The attribute itself; null where a whole extension is named. */
  attribute: Attribute | null;
  /** The attribute of an extension's attribute or of a complex one that is named; null where the whole is. */
  sub: Attribute | null;
}
