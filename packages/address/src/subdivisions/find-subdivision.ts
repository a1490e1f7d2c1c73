import { placeNameKey } from '../place-name.ts';
import { type Subdivision, subdivisionsOf } from './address-data.ts';

/** The subdivision of this name or code, in any language of the country; null where none or more than one has it. */
export function findSubdivision(name: string, countryCode: string): Subdivision | null {
  const key = placeNameKey(name);
  const [found, ...others] = subdivisionsOf(countryCode).filter(({ keys }) => keys.has(key));
  return found !== undefined && others.length === 0 ? found : null;
}
