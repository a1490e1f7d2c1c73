import type { JsonObject } from '@keycourier/scim-protocol/json';
import { rfcSample } from '@keycourier/scim-protocol/testing/rfc-samples';
import { z } from 'zod';

import type { RunningScim } from './running-scim.ts';

const withId = z.looseObject({ id: z.string() });
const object = z.record(z.string(), z.json());

/** An example of the RFC, with ids of this service in place of its own. */
export function sample(name: string, ids: Readonly<Record<string, string>> = {}): JsonObject {
  const text = Object.entries(ids).reduce(
    (filled, [from, to]) => filled.replaceAll(from, to),
    JSON.stringify(rfcSample(name)),
  );
  return object.parse(JSON.parse(text));
}

const metaSchema = z.looseObject({ resourceType: z.string(), location: z.string() });

/** What must be equal: all but the times, the ETag and the host, which each server has of its own. */
export function comparable(body: Record<string, unknown>): unknown {
  const text = JSON.stringify(body).replaceAll(/http[^"]*?\/v2(?:\/[a-z0-9]{26})?\//g, 'base:/');
  const { meta, ...rest } = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  const { resourceType, location } = metaSchema.parse(meta);
  return { ...rest, meta: { resourceType, location } };
}

const listed = z.looseObject({ Resources: z.array(withId) });

/** Deletes all that the connection has. */
export async function empty(scim: RunningScim): Promise<void> {
  for (const path of ['/Groups', '/Users'])
    for (const { id } of listed.parse((await scim.call('GET', `${path}?attributes=id`)).body).Resources)
      await scim.call('DELETE', `${path}/${id}`);
}
