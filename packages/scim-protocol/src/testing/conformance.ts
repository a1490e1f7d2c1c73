import { isList, isObject } from '../filter/evaluate.ts';
import type { JsonObject, JsonValue } from '../json.ts';

const common: ReadonlySet<string> = new Set(['schemas', 'id', 'meta']);

/** Where a document has what its schema does not know, lacks what it requires, or has a value of another type. */
export function conformanceProblems(document: JsonObject, schema: JsonObject): string[] {
  return problemsOf(document, attributesOf(schema['attributes']), '').filter((problem) => !common.has(problem));
}

const attributesOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  value !== undefined && isList(value) ? value.filter(isObject) : [];

function problemsOf(document: JsonObject, attributes: readonly JsonObject[], path: string): string[] {
  const unknown = Object.keys(document).filter((name) => !attributes.some((attribute) => attribute['name'] === name));
  const missing = attributes.filter(
    ({ name, required }) => required === true && typeof name === 'string' && !(name in document),
  );
  const inner = attributes.flatMap((attribute) => {
    const { name } = attribute;
    return typeof name === 'string' && name in document
      ? problemsOfValue(document[name] ?? null, attribute, `${path}${name}`)
      : [];
  });
  return [
    ...unknown.map((name) => `${path}${name}`),
    ...missing.map(({ name }) => `${path}${textOf(name)} is missing`),
    ...inner,
  ];
}

function problemsOfValue(value: JsonValue, attribute: JsonObject, path: string): string[] {
  if (attribute['multiValued'] === true) {
    if (!isList(value)) return [`${path} is no list`];
    return value.flatMap((element) => problemsOfValue(element, { ...attribute, multiValued: false }, path));
  }
  switch (textOf(attribute['type'])) {
    case 'complex':
      return isObject(value)
        ? problemsOf(value, attributesOf(attribute['subAttributes']), `${path}.`)
        : [`${path} is no object`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is no boolean`];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${path} is no whole number`];
    default:
      return typeof value === 'string' ? [] : [`${path} is no text`];
  }
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
