import { militaryCityIn } from '../rules/military-post.ts';
import { stateMeantBy } from '../rules/state.ts';
import type { Loss } from './losses.ts';

/** The code of the state that a well-known other name means. */
export const stateMeant: Loss = (value, { countryCode }) => {
  const code = stateMeantBy(value, countryCode);
  return code === null ? [] : [code];
};

/** The state in which the postal code lies, where the state is missing or contradicts it. */
export const stateOfPostalCode: Loss = (value, { subdivision, subdivisionOfCode }) => {
  const label = subdivisionOfCode?.label ?? null;
  const isOpen = subdivision !== null || !/[\p{L}\p{N}]/u.test(value);
  return label !== null && isOpen ? [label] : [];
};

/** "APO" of "APO AE": the state says the rest. */
export const militaryCityAlone: Loss = (value) => [militaryCityIn(value)];
