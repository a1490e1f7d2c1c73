import type { Row } from './address-row.ts';
import { anyCountry } from './addresses/any-country.ts';
import { asiaAndThePacific } from './addresses/asia-and-the-pacific.ts';
import { latinAmerica } from './addresses/latin-america.ts';
import { middleEastAndAfrica } from './addresses/middle-east-and-africa.ts';
import { northAmerica } from './addresses/north-america.ts';
import { northernAndEasternEurope } from './addresses/northern-and-eastern-europe.ts';
import { overlong } from './addresses/overlong.ts';
import { westernEurope } from './addresses/western-europe.ts';

/** Invented addresses in real formats, each with its verdict. */
export const addresses: readonly Row[] = [
  ...northAmerica,
  ...latinAmerica,
  ...westernEurope,
  ...northernAndEasternEurope,
  ...asiaAndThePacific,
  ...middleEastAndAfrica,
  ...anyCountry,
  ...overlong,
];
