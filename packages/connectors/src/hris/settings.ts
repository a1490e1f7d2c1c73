import type { ProfileField } from '@keycourier/journey/model/profile';
import type { IdentityUser } from '@keycourier/journey/ports/identity';

/** What a personnel system says of somebody, by Okta's names. */
export type Person = Readonly<Partial<Record<ProfileField, string>>>;

/** What is made of a tenant's settings once, when the process starts. */
export interface CompiledHris {
  /** Where a person is found; null for one without a value that the URL needs. */
  urlOf: (user: IdentityUser) => URL | null;
  /**
   * The mapped fields of an answer, and nothing else of it. What is neither text nor a number, or is empty, is absent.
   * @throws ConnectorError `lost` for an answer that an expression chokes on, naming the field and never a value
   */
  mapPerson: (answer: unknown) => Promise<Person>;
}

/** `field` is its place in the settings, such as `mapping.city`; `why` is for who wrote them. */
export interface UnusableSetting {
  outcome: 'unusable';
  field: string;
  why: string;
}

/** Credentials are asked for when a call needs them, so that renewed ones are taken without a restart. */
export type HrisAuth =
  | { bearer: () => string | Promise<string> }
  | { basic: { user: string; password: () => string | Promise<string> } };

/** How one tenant's personnel system is reached and read. */
export interface HrisSettings {
  compiled: CompiledHris;
  auth: HrisAuth;
  /** Time for one request and its whole answer; 10 s unless told. */
  timeoutMs?: number | undefined;
}

/** Asked only for tenants that have one; a JourneyError of it goes through as it is. */
export type HrisSettingsOf = (tenant: string) => HrisSettings;
