/** What one attribute of a SCIM client fills. */
export interface MappedPath {
  /** A path of a User as a PATCH may have, such as `name.givenName` or `phoneNumbers[type eq "mobile"].value`. */
  path: string;
  /** The field of a profile that it fills; null: it is kept and shown, and fills none. */
  target: string | null;
}
