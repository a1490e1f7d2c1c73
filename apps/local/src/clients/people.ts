import { randomBytes } from 'node:crypto';

import type { Profile } from './okta-org.ts';

export interface Person {
  login: string;
  secondEmail: string;
  profile: Profile;
}

const names: readonly (readonly [string, string])[] = [
  ['Ada', 'Lindqvist'],
  ['Bruno', 'Okafor'],
  ['Chiara', 'Novak'],
  ['Dmitri', 'Halvorsen'],
  ['Esi', 'Marchetti'],
  ['Farid', 'Brandt'],
];

let invented = 0;

/** An invented employee with a complete shipping address and a unique login, street and phone number. */
export function inventPerson(changes: Profile = {}): Person {
  const suffix = randomBytes(4).toString('hex');
  const number = 100 + (randomBytes(2).readUInt16BE(0) % 9_000);
  const [firstName, lastName] = names[invented % names.length] ?? ['Ada', 'Lindqvist'];
  invented += 1;
  const login = `${firstName}.${suffix}@acme.example`.toLowerCase();
  const secondEmail = `${firstName}.${suffix}@home.example`.toLowerCase();
  const profile = {
    login,
    email: login,
    secondEmail,
    firstName,
    lastName,
    organization: 'Acme',
    streetAddress: `${number} Lighthouse Road ${suffix}`,
    city: 'Portland',
    state: 'OR',
    zipCode: '97205',
    countryCode: 'US',
    primaryPhone: `+1 503 555 ${String(number % 10_000).padStart(4, '0')}`,
    ...changes,
  };
  return { login, secondEmail, profile };
}
