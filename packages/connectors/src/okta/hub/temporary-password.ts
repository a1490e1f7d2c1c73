import { randomInt } from 'node:crypto';

import type { HubProfile } from '@keycourier/journey/hub/person-changes';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import type { SendToOkta } from '../send.ts';

const count = z.number().nullish();

/** Okta's password policies, of which each member may be absent. */
const policiesSchema = z.array(
  z.looseObject({
    status: z.string().nullish(),
    settings: z
      .looseObject({
        password: z.looseObject({ complexity: z.looseObject({ minLength: count }).nullish() }).nullish(),
      })
      .nullish(),
  }),
);

/** Okta's longest; more is refused. */
const longest = 72;
const shortest = 24;

/** Without what is taken for another: a temporary password is read aloud at times. Each kind is in each password. */
const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!#%+-=?_'] as const;

/** For how long what a tenant's policies ask for is not read again, nor that they cannot be read. */
const readAgainAfterMs = 10 * 60_000;

export type MakePassword = (tenant: string, sendToSpoke: SendToOkta, profile: HubProfile) => Promise<string>;

/**
 * Makes passwords that every active policy of the spoke accepts: of the longest least length, of all four kinds of characters,
 * and without a part of the user's name. Where the policies cannot be read, they have 24 characters.
 */
export function createPasswords(now: () => number = Date.now): MakePassword {
  const known = new Map<string, { length: number; untilMs: number }>();
  const lengthOf = async (tenant: string, send: SendToOkta): Promise<number> => {
    const before = known.get(tenant);
    if (before !== undefined && before.untilMs > now()) return before.length;
    const length = Math.min(longest, Math.max(shortest, await readMinLength(send)));
    known.set(tenant, { length, untilMs: now() + readAgainAfterMs });
    return length;
  };
  return async (tenant, send, profile) => passwordFor(profile, await lengthOf(tenant, send));
}

function passwordFor(profile: HubProfile, length: number): string {
  const parts = partsOf(profile);
  for (;;) {
    const password = randomText(length);
    const folded = password.toLowerCase();
    if (!parts.some((part) => folded.includes(part))) return password;
  }
}

/** A service app has this scope where an administrator grants it. */
const policyScope = 'okta.policies.read';

/** The request that reads them. */
export const passwordPolicies = {
  method: 'GET',
  path: '/api/v1/policies?type=PASSWORD',
  scopes: [policyScope],
} as const;

async function readMinLength(send: SendToOkta): Promise<number> {
  try {
    const { json } = await send(passwordPolicies);
    const active = policiesSchema.parse(json).filter(({ status }) => status !== 'INACTIVE');
    return Math.max(0, ...active.map(({ settings }) => settings?.password?.complexity?.minLength ?? 0));
  } catch (error) {
    if (error instanceof z.ZodError) return 0;
    if (error instanceof ConnectorError && isRefusal(error)) return 0;
    throw error;
  }
}

const isRefusal = ({ fault }: ConnectorError): boolean =>
  ['refused', 'forbidden', 'unauthorized', 'not_found'].includes(fault);

function randomText(length: number): string {
  const all = kinds.join('');
  const letters = [...kinds, ...Array.from({ length: length - kinds.length }, () => all)].map(
    (from) => from[randomInt(from.length)] ?? '',
  );
  for (let index = letters.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1);
    [letters[index], letters[other]] = [letters[other] ?? '', letters[index] ?? ''];
  }
  return letters.join('');
}

/** Okta excludes parts of the user name of four letters and more, and the names; shorter ones would fit by chance. */
const partsOf = ({ login, firstName, lastName }: HubProfile): string[] =>
  [login, firstName, lastName].flatMap((value) =>
    (value ?? '')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((part) => part.length >= 3),
  );
