import { coreUser, type AppAttribute } from '../apps/app-attributes.ts';
import type { Profile } from '../users/user.ts';
import { readExternalPath, type ExternalPath } from './external-path.ts';

/** An object of a SCIM body. */
export type ScimObject = Record<string, unknown>;

/** What a SCIM server gets of a user: the attributes of each namespace that have a value. */
export type ScimUser = ReadonlyMap<string, ScimObject>;

export const isObject = (value: unknown): value is ScimObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectsOf = (value: unknown): ScimObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The value of a multi-valued attribute that the path stands for, made if there is none yet. */
function element(target: ScimObject, attribute: string, match: { name: string; value: unknown }): ScimObject {
  const values = objectsOf(target[attribute]);
  const known = values.find((one) => one[match.name] === match.value);
  if (known !== undefined) return known;
  const made: ScimObject = { [match.name]: match.value };
  target[attribute] = [...values, made];
  return made;
}

function complex(target: ScimObject, attribute: string): ScimObject {
  const known = target[attribute];
  if (isObject(known)) return known;
  const made: ScimObject = {};
  target[attribute] = made;
  return made;
}

/** Writes a value into a SCIM object. */
export function setAt(target: ScimObject, path: ExternalPath, value: unknown): void {
  const { attribute, match, sub } = path;
  if (match !== undefined) element(target, attribute, match)[sub ?? 'value'] = value;
  else if (sub !== undefined) complex(target, attribute)[sub] = value;
  else target[attribute] = value;
}

/**
 * Builds the SCIM user of an app user. Attributes without a value and attributes without a namespace are not sent.
 */
export function buildScimUser(
  attributes: Readonly<Record<string, AppAttribute>>,
  { userName, profile }: { userName: string; profile: Profile },
): ScimUser {
  const user = new Map<string, ScimObject>([[coreUser, {}]]);
  for (const [name, { externalName, externalNamespace }] of Object.entries(attributes)) {
    const value = name === 'userName' ? userName : profile[name];
    const path = readExternalPath(externalName);
    if (value === undefined || value === null || value === '' || path === undefined) continue;
    const target = user.get(externalNamespace) ?? {};
    user.set(externalNamespace, target);
    setAt(target, path, value);
  }
  return user;
}
