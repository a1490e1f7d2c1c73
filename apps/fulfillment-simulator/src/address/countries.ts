/** Countries that every organization may ship to (ISO 3166-1 alpha-2). Names contain no comma and no quote. */
export const enabledCountries: readonly (readonly [code: string, name: string])[] = [
  ['AE', 'United Arab Emirates'],
  ['AR', 'Argentina'],
  ['AT', 'Austria'],
  ['AU', 'Australia'],
  ['BE', 'Belgium'],
  ['BG', 'Bulgaria'],
  ['BR', 'Brazil'],
  ['CA', 'Canada'],
  ['CH', 'Switzerland'],
  ['CL', 'Chile'],
  ['CO', 'Colombia'],
  ['CR', 'Costa Rica'],
  ['CY', 'Cyprus'],
  ['CZ', 'Czechia'],
  ['DE', 'Germany'],
  ['DK', 'Denmark'],
  ['EE', 'Estonia'],
  ['EG', 'Egypt'],
  ['ES', 'Spain'],
  ['FI', 'Finland'],
  ['FR', 'France'],
  ['GB', 'United Kingdom'],
  ['GR', 'Greece'],
  ['HK', 'Hong Kong'],
  ['HR', 'Croatia'],
  ['HU', 'Hungary'],
  ['ID', 'Indonesia'],
  ['IE', 'Ireland'],
  ['IL', 'Israel'],
  ['IN', 'India'],
  ['IS', 'Iceland'],
  ['IT', 'Italy'],
  ['JP', 'Japan'],
  ['KE', 'Kenya'],
  ['KR', 'South Korea'],
  ['LI', 'Liechtenstein'],
  ['LT', 'Lithuania'],
  ['LU', 'Luxembourg'],
  ['LV', 'Latvia'],
  ['MT', 'Malta'],
  ['MX', 'Mexico'],
  ['MY', 'Malaysia'],
  ['NL', 'Netherlands'],
  ['NO', 'Norway'],
  ['NZ', 'New Zealand'],
  ['PE', 'Peru'],
  ['PH', 'Philippines'],
  ['PL', 'Poland'],
  ['PR', 'Puerto Rico'],
  ['PT', 'Portugal'],
  ['RO', 'Romania'],
  ['SA', 'Saudi Arabia'],
  ['SE', 'Sweden'],
  ['SG', 'Singapore'],
  ['SI', 'Slovenia'],
  ['SK', 'Slovakia'],
  ['TH', 'Thailand'],
  ['TR', 'Türkiye'],
  ['TW', 'Taiwan'],
  ['UA', 'Ukraine'],
  ['US', 'United States'],
  ['UY', 'Uruguay'],
  ['VN', 'Vietnam'],
  ['ZA', 'South Africa'],
];

/** Destinations that the carrier has suspended; a country in neither list is not enabled for the organization. */
const suspendedCountries: ReadonlySet<string> = new Set(['BY', 'CU', 'IR', 'KP', 'RU', 'SY']);

const enabledCodes: ReadonlySet<string> = new Set(enabledCountries.map(([code]) => code));

/** The reason why `code` cannot be shipped to, or null if it can. */
export function whyNoShipping(code: string): string | null {
  if (enabledCodes.has(code)) return null;
  if (suspendedCountries.has(code)) return `shipping to ${code} is suspended`;
  return `${code} is not a country that is enabled for this organization`;
}

export const countriesCsv = (): string =>
  ['country_code_2,country_name', ...enabledCountries.map((country) => country.join(',')), ''].join('\r\n');
