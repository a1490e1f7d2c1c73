import { readdirSync, readFileSync } from 'node:fs';

import { isObject } from '../filter/evaluate.ts';
import type { JsonObject, JsonValue } from '../json.ts';

// The compiler copies no data: it is read from the sources. They are from python-scim/scim2-models, Apache-2.0.
const folder = new URL('../../src/testing/rfc-samples/', import.meta.url);

/** The examples of RFC 7643 and RFC 7644 as files. */
export const rfcSampleNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace(/\.json$/, ''));

export const rfcSample = (name: string): JsonObject => {
  const sample: JsonValue = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  if (!isObject(sample)) throw new TypeError(`${name} is no object`);
  return sample;
};
