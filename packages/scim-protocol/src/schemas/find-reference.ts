import type { Attribute, AttributeReference, ResourceTypeName, Schema } from './attribute.ts';
import { commonAttributes } from './common.ts';
import { resourceTypes } from './schemas.ts';

type Index = ReadonlyMap<string, AttributeReference>;

/** Names are ASCII, so folding them needs no more than this. */
export const foldName = (name: string): string => name.toLowerCase();

const coreReferences = (attribute: Attribute): AttributeReference[] => [
  { key: attribute.name, stored: attribute.name, attribute, sub: null },
  ...(attribute.subAttributes ?? []).map((sub) => ({
    key: `${attribute.name}.${sub.name}`,
    stored: attribute.name,
    attribute,
    sub,
  })),
];

const extensionReferences = ({ id, attributes }: Schema): AttributeReference[] => [
  { key: id, stored: id, attribute: null, sub: null },
  ...attributes
    .flatMap(coreReferences)
    .map((reference) => ({ ...reference, key: `${id}:${reference.key}`, stored: id })),
];

function indexOf(resourceType: ResourceTypeName): Index {
  const index = new Map<string, AttributeReference>();
  const { core, extensions, merged } = resourceTypes[resourceType];
  for (const reference of [...commonAttributes, ...core.attributes].flatMap(coreReferences)) {
    index.set(foldName(reference.key), reference);
    index.set(foldName(`${core.id}:${reference.key}`), reference);
  }
  for (const reference of extensions.flatMap(extensionReferences)) index.set(foldName(reference.key), reference);
  for (const { id, attributes } of merged) {
    for (const { key } of attributes.flatMap(coreReferences)) {
      const reference = index.get(foldName(key));
      if (reference !== undefined) index.set(foldName(`${id}:${key}`), reference);
    }
  }
  return index;
}

const indexes: Readonly<Record<ResourceTypeName, Index>> = { User: indexOf('User'), Group: indexOf('Group') };

/**
 * What a name stands for: `userName`, `name.familyName`, either with the schema's URN before it, or an extension's URN alone.
 * In any letter case (RFC 7643 §2.1, RFC 7644 §3.10). Null for a name of nothing; `password` has a reference like any other.
 */
export const findReference = (name: string, resourceType: ResourceTypeName): AttributeReference | null =>
  indexes[resourceType].get(foldName(name)) ?? null;

/** All that a request can name, each once: its key is canonical. */
export const referencesOf = (resourceType: ResourceTypeName): readonly AttributeReference[] => [
  ...new Set(indexes[resourceType].values()),
];
