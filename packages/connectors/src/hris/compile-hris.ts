import type { ProfileField } from '@keycourier/journey/model/profile';

import { compileMapping, type MappingLimits } from './compile-mapping.ts';
import { compileUrl } from './compile-url.ts';
import type { CompiledHris, UnusableSetting } from './settings.ts';

/**
 * Compiles the URL template and the JSONata expressions of a tenant's HRIS when the process starts, so that a broken one
 * stops the start and not a shipment.
 */
export function compileHris(
  settings: {
    url: string;
    mapping: Readonly<Partial<Record<ProfileField, string>>>;
  },
  limits: Partial<MappingLimits> = {},
): { outcome: 'compiled'; compiled: CompiledHris } | UnusableSetting {
  const url = compileUrl(settings.url);
  if (url.outcome === 'unusable') return url;
  const mapping = compileMapping(settings.mapping, limits);
  if (mapping.outcome === 'unusable') return mapping;
  return { outcome: 'compiled', compiled: { urlOf: url.urlOf, mapPerson: mapping.mapPerson } };
}
