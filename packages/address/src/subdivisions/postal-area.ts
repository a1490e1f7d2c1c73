import { type Subdivision, subdivisionsOf } from './address-data.ts';

/**
 * Countries whose postal codes name the subdivision by rule, with the codes that more than one subdivision uses: their posts
 * deliver across the border there. About other countries, and about these codes, nothing is claimed. Sources: the address data in
 * Google's libaddressinput; for the US the Census Bureau's ZIP code tabulation areas.
 */
const sharedCodes: Readonly<Record<string, RegExp>> = {
  AU: /^(?:0872|2406|2540|26(?:11|18|20)|3500|358[56]|3644|3691|3707|43(?:75|77|80|83|85)|482[59]|5440)/,
  BR: /^$/,
  // Federal offices in Gatineau share Ottawa's K1A; Akwesasne and Creighton lie across a border from their post office.
  CA: /^(?:K1A|H0M|R8A)/,
  ES: /^$/,
  // Sardinia's provinces were redrawn in 2005, 2016 and 2025.
  IT: /^0[789]/,
  JP: /^$/,
  KR: /^$/,
  MX: /^$/,
  TR: /^$/,
  US: sharedZipCodes(),
};

/**
 * The only subdivision that has this postal code; null where it is unknown, or not claimed because several have it. The code is
 * spaced as in its country.
 */
export function subdivisionOfCode(code: string, countryCode: string | null): Subdivision | null {
  const shared = countryCode === null ? undefined : sharedCodes[countryCode];
  if (countryCode === null || shared === undefined || shared.test(code)) return null;
  const [found, ...others] = subdivisionsOf(countryCode).filter(({ postalCodes }) => postalCodes?.test(code) === true);
  return found !== undefined && others.length === 0 ? found : null;
}

/** Whether the postal code is known to be another subdivision's. */
export function isElsewhere(code: string, subdivision: Subdivision | null, countryCode: string | null): boolean {
  if (subdivision === null) return false;
  const actual = subdivisionOfCode(code, countryCode);
  return actual !== null && actual !== subdivision;
}

/** ZIP codes whose carriers deliver in two states, and three that the prefix of their neighbours does not fit. */
function sharedZipCodes(): RegExp {
  const codes = `02861 03579 20135 20588 20598 21912 24604 30165 30752 31905 38041 38063 38079 38326 38769 38852 40965 42223 42602
    51001 51023 51360 51557 51640 52542 52573 52626 54540 54554 56027 56129 56136 56144 56164 56219 56257 56744 57026 57030
    57068 57078 57255 57260 57430 57432 57437 57632 57638 57641 57642 57645 57648 57660 57717 57724 58030 58041 58043 58225
    58413 58436 58439 58568 58621 58623 58649 58653 59221 59270 59275 59847 61240 63673 65729 65733 65761 66541 67950 68325
    68719 68978 69201 69212 69216 71749 72338 72395 72643 72644 73949 73960 75556 79837 79922 80758 81137 81324 82063 82082
    82701 82801 82930 83111 83120 83312 83342 84034 84536 86044 86504 86514 86515 87328 88063 88220 88430 89010 89019 89060
    89061 89421 89439 89832 97635 99128 99362`;
  return new RegExp(`^(?:${codes.split(/\s+/).join('|')})`);
}
