import { describe, expect, test } from '@jest/globals';

import { checkAddress } from '../../check-address.ts';
import { sourced } from '../../testing/sourced.ts';
import { type Trial, trialsByFile } from '../../testing/trials.ts';

const person = { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', organization: 'Example Ltd' };

const trialsOf = (files: RegExp): readonly Trial[] =>
  trialsByFile.flatMap(({ file, trials }) => (files.test(file) ? trials : []));
const boxes = trialsOf(/^po-box(?!-that)/);
const streets = trialsOf(/^po-box-that/);

const isHeldAsBox = ({ p }: Trial, street: string): boolean => {
  const verdict = checkAddress(sourced({ ...person, ...p, streetAddress: street }), {
    isNewUser: false,
    enabledCountries: null,
  });
  return verdict.outcome === 'problems' && verdict.problems.some(({ code }) => code === 'po_box');
};

const inFullWidth = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfe_e0));
const variants: Readonly<Record<string, (street: string) => string>> = {
  'as written': (street) => street,
  'in capitals': (street) => street.toUpperCase(),
  'in small letters': (street) => street.toLowerCase(),
  'without accents': (street) => street.normalize('NFD').replace(/[\u0300-\u036f]/g, ''),
  decomposed: (street) => street.normalize('NFD'),
  'in full width': inFullWidth,
  'with two spaces for one': (street) => street.replaceAll(' ', '  '),
  'with no-break spaces': (street) => street.replaceAll(' ', '\u00a0'),
  'behind a line': (street) => `Example House\n${street}`,
  'before a line': (street) => `${street}\nExample House`,
  'behind a comma': (street) => `Example House, ${street}`,
  'before a comma': (street) => `${street}, Example House`,
};

/** "Box 12" and a CEDEX are boxes only where nothing but them is meant. */
const isByPosition = (street: string): boolean => /^box|cedex/i.test(street);

describe.each(Object.entries(variants))('a box %s', (name, vary) => {
  test('is one, each of them', () => {
    const tried = boxes.filter(({ p }) => !/line|comma/.test(name) || !isByPosition(p.streetAddress ?? ''));
    const missed = tried.filter((trial) => !isHeldAsBox(trial, vary(trial.p.streetAddress ?? '')));
    expect(missed.map(({ n }) => n)).toEqual([]);
    expect(tried.length).toBeGreaterThan(200);
  });
});

describe.each(Object.entries(variants))('a street %s', (_, vary) => {
  test('is no box, each of them', () => {
    const found = streets.filter((trial) => isHeldAsBox(trial, vary(trial.p.streetAddress ?? '')));
    expect(found.map(({ n }) => n)).toEqual([]);
    expect(streets.length).toBeGreaterThan(80);
  });
});
