import { coreUser, type AppAttribute } from '../apps/app-attributes.ts';
import { readExternalPath, type ExternalPath } from './external-path.ts';
import { isObject, setAt, type ScimObject, type ScimUser } from './scim-user.ts';

/** The body of a create, in the order of captured ones. `password` is always in it. */
export function createBody(
  user: ScimUser,
  { externalId, password }: { externalId: string; password: string },
): ScimObject {
  const extensions = [...user].filter(([namespace]) => namespace !== coreUser);
  return {
    schemas: [...user.keys()],
    ...user.get(coreUser),
    externalId,
    groups: [],
    password,
    active: true,
    ...Object.fromEntries(extensions),
  };
}

/** Removes what the path stands for; a value of a multi-valued attribute goes with its `value`. */
function removeAt(target: ScimObject, { attribute, match, sub }: ExternalPath): void {
  const current = target[attribute];
  if (match === undefined) {
    if (sub === undefined) delete target[attribute];
    else if (isObject(current)) delete current[sub];
    return;
  }
  const values: unknown[] = Array.isArray(current) ? current : [];
  const matches = (one: unknown): boolean => isObject(one) && one[match.name] === match.value;
  if (sub !== undefined && sub !== 'value')
    for (const one of values.filter(isObject)) if (matches(one)) delete one[sub];
  if (values.some(matches) && (sub === undefined || sub === 'value'))
    target[attribute] = values.filter((one) => !matches(one));
}

function namespaceOf(body: ScimObject, namespace: string): ScimObject {
  if (namespace === coreUser) return body;
  const known = body[namespace];
  if (isObject(known)) return known;
  const made: ScimObject = {};
  body[namespace] = made;
  return made;
}

function readAt(target: ScimObject | undefined, { attribute, match, sub }: ExternalPath): unknown {
  const current = target?.[attribute];
  const values: unknown[] = Array.isArray(current) ? current : [];
  const one =
    match === undefined ? current : values.filter(isObject).find((value) => value[match.name] === match.value);
  if (sub === undefined) return one;
  return isObject(one) ? one[sub] : undefined;
}

/**
 * The body of an update: the server's own answer with Okta's values on top. An attribute of the app without a value is
 * removed; any attribute that Okta does not have is sent back as it came.
 */
export function updateBody(
  current: ScimObject,
  user: ScimUser,
  { attributes, externalId }: { attributes: Readonly<Record<string, AppAttribute>>; externalId: string },
): ScimObject {
  const body: ScimObject = structuredClone(current);
  const paths = Object.values(attributes).flatMap(({ externalName, externalNamespace }) => {
    const path = readExternalPath(externalName);
    return path === undefined ? [] : [{ path, namespace: externalNamespace }];
  });
  for (const { path, namespace } of paths) {
    const value = readAt(user.get(namespace), path);
    if (value !== undefined) setAt(namespaceOf(body, namespace), path, value);
    else removeAt(namespaceOf(body, namespace), path);
  }
  const before = Array.isArray(current['schemas']) ? current['schemas'] : [];
  return { ...withoutEmpty(body), schemas: [...new Set([...before, ...user.keys()])], externalId };
}

/** An extension that was added only to be looked at is not sent. */
function withoutEmpty(body: ScimObject): ScimObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => !(name.startsWith('urn:') && isObject(value) && isEmpty(value))),
  );
}

const isEmpty = (value: ScimObject): boolean => Object.keys(value).length === 0;
