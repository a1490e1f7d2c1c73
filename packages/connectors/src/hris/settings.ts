import type { ProfileField } from '@keycourier/journey/model/profile';
import type { IdentityUser } from '@keycourier/journey/ports/identity';

/** The attributes of a person in the HRIS, by their Okta names. */
export type Person = Readonly<Partial<Record<ProfileField, string>>>;

/** A tenant's settings, compiled once when the process starts. */
export interface CompiledHris {
  /** The URL of a person; null where the user lacks a value that the URL needs. */
  urlOf: (user: IdentityUser) => URL | null;
  /**
   * The mapped attributes of an answer, and nothing else of it. A value that is empty, or neither text nor a number, is
   * absent.
   * @throws ConnectorError `outcome_unknown` when an expression fails, naming the attribute and never a value
   */
  mapPerson: (answer: unknown) => Promise<Person>;
}

/** `field` is the path in the settings, such as `mapping.city`; `why` is for their author. */
export interface UnusableSetting {
  outcome: 'unusable';
  field: string;
  why: string;
}

/** Credentials are read for each call, so that renewed ones need no restart. */
export type HrisAuth =
  | { bearer: () => string | Promise<string> }
  | { basic: { user: string; password: () => string | Promise<string> } };

/** How to reach one tenant's HRIS, and map its answers. */
export interface HrisSettings {
  compiled: CompiledHris;
  auth: HrisAuth;
  /** Time for one request and its whole answer; 10 s by default. */
  timeoutMs?: number | undefined;
}

/** Called only for tenants that have an HRIS. Its JourneyError passes through unchanged. */
export type HrisSettingsOf = (tenant: string) => HrisSettings;
