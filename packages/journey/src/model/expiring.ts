/** A secret that ends by itself. `_key`: the private key of a service app, `hub_…`: of the org where people sign in. */
export const expiringKinds = [
  'api_key',
  'scim_token',
  'scim_client',
  'provider_token',
  'okta_token',
  'okta_key',
  'hub_token',
  'hub_key',
  'console_secret',
] as const;

export type ExpiringKind = (typeof expiringKinds)[number];

export interface Expiring {
  kind: ExpiringKind;
  /** A key's or a token's id; of what keycourier.yaml has, the setting's name. */
  id: string;
  name: string;
  /** Null where it depends on a use that is not recorded. */
  expiresAt: Date | null;
  /** Another secret for the same use works for longer. */
  isReplaced: boolean;
}

export type Expiry =
  | { state: 'unknown'; daysLeft: null }
  /** `goes_on`: it is listed, and no one has to act yet. */
  | { state: 'ended' | 'ends_soon' | 'goes_on'; daysLeft: number };

const dayMs = 86_400_000;

/** How many days before its end a secret is a warning: renewing one takes a person at Okta or at the provider. */
const warnDays: Readonly<Record<ExpiringKind, number>> = {
  api_key: 30,
  scim_token: 14,
  scim_client: 14,
  provider_token: 30,
  okta_token: 14,
  okta_key: 30,
  hub_token: 14,
  hub_key: 30,
  console_secret: 30,
};

/** What ends within this time is listed. */
export const listedWithinMs = 45 * dayMs;

/** Okta ends an API token that was not used for 30 days (developer.okta.com, Create an API token). */
const unusedTokenMs = 30 * dayMs;

/** When an API token of Okta ends, by its last use that is known. */
export const endOfOktaToken = (lastUsedAt: Date | null): Date | null =>
  lastUsedAt === null ? null : new Date(lastUsedAt.getTime() + unusedTokenMs);

/** The one rule of when a secret is a warning; `daysLeft` are whole days. */
export function judgeExpiry({ kind, expiresAt }: Pick<Expiring, 'kind' | 'expiresAt'>, now: Date): Expiry {
  if (expiresAt === null) return { state: 'unknown', daysLeft: null };
  const leftMs = expiresAt.getTime() - now.getTime();
  const daysLeft = Math.max(0, Math.floor(leftMs / dayMs));
  if (leftMs <= 0) return { state: 'ended', daysLeft };
  return { state: daysLeft <= warnDays[kind] ? 'ends_soon' : 'goes_on', daysLeft };
}

/** Whether an operator has to act: not where another secret has taken its place. */
export const needsRenewal = (secret: Expiring, now: Date): boolean =>
  !secret.isReplaced && ['ended', 'ends_soon'].includes(judgeExpiry(secret, now).state);

/** The one list of what ends: what is listed of all secrets, soonest first; those whose end is not known come last. */
export function listExpiring(secrets: readonly Expiring[], now: Date): readonly Expiring[] {
  const endOf = ({ expiresAt }: Expiring): number => expiresAt?.getTime() ?? Infinity;
  const until = now.getTime() + listedWithinMs;
  return secrets
    .filter((secret) => secret.expiresAt === null || endOf(secret) <= until)
    .toSorted((one, other) => (endOf(one) === endOf(other) ? 0 : endOf(one) - endOf(other)));
}
