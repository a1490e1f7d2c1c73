import { aliases, extensionAliases } from './aliases.ts';
import type { ResourceTypeName, Schema } from './attribute.ts';
import { enterpriseUserAttributes } from './enterprise-user.ts';
import { groupAttributes } from './group.ts';
import { userContactValues } from './user-contact-values.ts';
import { userOtherValues } from './user-other-values.ts';
import { userSingleValues } from './user-single-values.ts';

export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** In the form that Okta's profile editor asks of an external namespace. */
export const keycourierUrn = 'urn:ietf:params:scim:schemas:extension:keycourier:2.0:User';

export const userSchema: Schema = {
  id: userUrn,
  name: 'User',
  description: 'User Account',
  attributes: [...userSingleValues, ...userContactValues, ...userOtherValues, aliases],
};

export const groupSchema: Schema = {
  id: groupUrn,
  name: 'Group',
  description: 'Group',
  attributes: groupAttributes,
};

export const enterpriseUserSchema: Schema = {
  id: enterpriseUrn,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: enterpriseUserAttributes,
};

export const keycourierUserSchema: Schema = {
  id: keycourierUrn,
  name: 'KeycourierUser',
  description: 'What this service adds to a User',
  attributes: [extensionAliases],
};

export const schemas: readonly Schema[] = [userSchema, groupSchema, enterpriseUserSchema, keycourierUserSchema];

interface ResourceTypeDefinition {
  core: Schema;
  /** Stored and returned under its URN. */
  extensions: readonly Schema[];
  /** Its attributes are those of the core schema with the same name. */
  merged: readonly Schema[];
}

export const resourceTypes: Readonly<Record<ResourceTypeName, ResourceTypeDefinition>> = {
  User: { core: userSchema, extensions: [enterpriseUserSchema], merged: [keycourierUserSchema] },
  Group: { core: groupSchema, extensions: [], merged: [] },
};
