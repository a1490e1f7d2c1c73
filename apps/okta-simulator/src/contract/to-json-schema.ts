/** The part of an OpenAPI 3.0 schema that needs a change before ajv can judge by it. */
type Schema = Readonly<Record<string, unknown>>;

/** Which side of an exchange is judged: answers must not hold what is write-only, nor what the document does not name. */
export type Side = 'request' | 'answer';

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const notForAjv = new Set([
  'discriminator',
  'example',
  'examples',
  'nullable',
  'readOnly',
  'writeOnly',
  'xml',
  'default',
]);

/**
 * Turns a schema of OpenAPI 3.0 into one of JSON Schema 2019-09: `nullable` becomes the type null, references point into
 * `$defs`, and in answers an object may hold nothing that the document does not name.
 */
export function toJsonSchema(schema: unknown, side: Side, components: Schema): Schema {
  if (!isSchema(schema)) return {};
  const closed = side === 'answer' && namesProperties(schema, components);
  return { ...convert(schema, side, components), ...(closed ? { unevaluatedProperties: false } : {}) };
}

/** All components; open, since a reference to one closes it where it stands. */
export function toDefinitions(components: Schema, side: Side): Schema {
  return Object.fromEntries(
    Object.entries(components).map(([name, schema]) => [
      name,
      isSchema(schema) ? convert(schema, side, components) : {},
    ]),
  );
}

function convert(schema: Schema, side: Side, components: Schema): Schema {
  const entries = Object.entries(schema)
    .filter(([key]) => !notForAjv.has(key) && !key.startsWith('x-'))
    .map(([key, value]): [string, unknown] => [key, convertKeyword(key, value, side, components)]);
  return allowNull(Object.fromEntries(entries), schema['nullable'] === true);
}

function convertKeyword(key: string, value: unknown, side: Side, components: Schema): unknown {
  if (key === '$ref') return String(value).replace('#/components/schemas/', '#/$defs/');
  if (key === 'items') return toJsonSchema(value, side, components);
  if (key === 'additionalProperties' && isSchema(value)) return toJsonSchema(value, side, components);
  if (['allOf', 'anyOf', 'oneOf'].includes(key) && Array.isArray(value))
    return value.map((one) => (isSchema(one) ? convert(one, side, components) : {}));
  if (key !== 'properties' || !isSchema(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, property]) => [
      name,
      side === 'answer' && isSchema(property) && property['writeOnly'] === true
        ? false
        : toJsonSchema(property, side, components),
    ]),
  );
}

function allowNull(schema: Record<string, unknown>, nullable: boolean): Schema {
  if (!nullable) return schema;
  const values = Array.isArray(schema['enum']) ? { enum: [...schema['enum'], null] } : {};
  if (typeof schema['type'] === 'string') return { ...schema, ...values, type: [schema['type'], 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

/** A schema such as `{ type: object }` alone leaves its properties open, on purpose. */
function namesProperties(schema: Schema, components: Schema): boolean {
  if (['properties', 'allOf', 'anyOf', 'oneOf'].some((key) => key in schema)) return true;
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  const target = name === undefined ? undefined : components[name];
  return isSchema(target) && namesProperties(target, components);
}
