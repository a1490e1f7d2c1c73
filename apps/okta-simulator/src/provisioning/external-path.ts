/** Where one attribute of an app's profile is in a SCIM user. */
export interface ExternalPath {
  attribute: string;
  /** Which value of a multi-valued attribute; undefined for a simple or complex one. */
  match?: { name: string; value: string | boolean };
  sub?: string;
}

const pattern = /^(\w+)(?:\.\^\[(\w+)==(?:'([^']*)'|(true|false))\])?(?:\.(\w+))?$/;

/**
 * Reads an external name: `userName`, `name.givenName`, `emails.^[primary==true].value`,
 * `aliases.^[type=='email'].value`. Undefined if it is none of these.
 */
export function readExternalPath(text: string): ExternalPath | undefined {
  const [, attribute, name, quoted, truth, sub] = pattern.exec(text) ?? [];
  if (attribute === undefined) return undefined;
  const match = name === undefined ? undefined : { name, value: quoted ?? truth === 'true' };
  return { attribute, ...(match === undefined ? {} : { match }), ...(sub === undefined ? {} : { sub }) };
}
