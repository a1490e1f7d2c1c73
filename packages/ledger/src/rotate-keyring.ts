import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import { LedgerError } from './errors.ts';
import { parseKeyring } from './sealing.ts';

/** The file as text, so that nothing but what a step changes is changed. */
const keyringText = z.object({ active: z.string(), keys: z.record(z.string(), z.string()), indexKey: z.string() });

/**
 * A rotation takes three steps, and all processes restart after each of the first two: a value that one process seals must
 * be one that all the others can unseal.
 * - `add`: a new key that only unseals
 * - `activate`: it seals; workers seal stored values again
 * - `remove`: the former keys go, once they seal nothing any more
 */
export type RotationStep =
  | { step: 'add'; key: string }
  | { step: 'activate'; key: string; former: string }
  | { step: 'remove'; key: string; former: readonly string[] };

/** The next step, from the keyring alone. @throws LedgerError `bad_keyring` */
export function nextRotationStep(text: string): RotationStep {
  const { active, keys } = read(text);
  const names = Object.keys(keys);
  const newest = names.at(-1);
  if (newest === undefined || names.length === 1) return { step: 'add', key: nameAfter(names) };
  if (newest !== active) return { step: 'activate', key: newest, former: active };
  return { step: 'remove', key: active, former: names.filter((name) => name !== active) };
}

/** The keyring after a step. The new key of `add` is the last one in the file. */
export function applyRotationStep(text: string, step: RotationStep): string {
  const keyring = read(text);
  return `${JSON.stringify(changed(keyring, step), null, 2)}\n`;
}

function changed(keyring: z.output<typeof keyringText>, step: RotationStep): z.output<typeof keyringText> {
  switch (step.step) {
    case 'add':
      return { ...keyring, keys: { ...keyring.keys, [step.key]: randomBytes(32).toString('base64') } };
    case 'activate':
      return { ...keyring, active: step.key };
    case 'remove': {
      const kept = Object.entries(keyring.keys).filter(([name]) => !step.former.includes(name));
      return { ...keyring, keys: Object.fromEntries(kept) };
    }
  }
}

function read(text: string): z.output<typeof keyringText> {
  parseKeyring(text);
  const parsed = keyringText.parse(JSON.parse(text));
  // Names of digits alone would change their order in an object.
  if (Object.keys(parsed.keys).some((name) => /^\d+$/.test(name)))
    throw new LedgerError('bad_keyring', 'A sealing key has a number as its name: rename it, such as k1');
  return parsed;
}

const numbered = /^k(\d{1,9})$/;

function nameAfter(names: readonly string[]): string {
  const numbers = names.map((name) => Number(numbered.exec(name)?.[1] ?? 0));
  return `k${Math.max(0, ...numbers) + 1}`;
}
