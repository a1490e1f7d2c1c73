/** `new` has never signed in. A status that the connector does not know counts as `active`. */
export type UserStatus = 'new' | 'active' | 'suspended' | 'deactivated';
