import { fail, type Rule } from '../reading.ts';

/** Countries are enabled for each organization. A military post is reached through the US, wherever it stands. Source: YubiEnterprise delivery API. */
export const enabledCountry: Rule = (reading, { enabledCountries, isMilitary }) => {
  if (enabledCountries === null || reading.problems.includes('unknown_country')) return reading;
  return enabledCountries.includes(isMilitary ? 'US' : reading.value) ? reading : fail(reading, 'country_not_enabled');
};
