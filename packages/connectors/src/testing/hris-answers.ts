import type { ProfileField, SourcedProfile } from '@keycourier/journey/model/profile';
import type { HrisPort } from '@keycourier/journey/ports/hris';
import type { IdentityUser } from '@keycourier/journey/ports/identity';

import { compileHris } from '../hris/compile-hris.ts';
import { createHrisPort } from '../hris/create-hris-port.ts';
import type { HrisSettings } from '../hris/settings.ts';
import { json, type Respond, type TestServer } from './http-server.ts';

/** A user of Okta. */
export function oktaUser(login: string, profile: Partial<Record<ProfileField, string>> = {}): IdentityUser {
  const sourced: SourcedProfile = Object.fromEntries(
    Object.entries({ email: login, ...profile }).map(([field, value]) => [field, { value, source: 'okta' }] as const),
  );
  return { id: '00u1', login, status: 'active', profile: sourced };
}

export const bearer = 'hris-token';

/** Answers as an HRIS, with its people by login, to requests with its token. */
export function peopleOf(people: Readonly<Record<string, unknown>>): Respond {
  return (request, response) => {
    const [, path, login = '', ...more] = request.path.split('/');
    const person = path === 'people' && more.length === 0 ? people[decodeURIComponent(login)] : undefined;
    const answer = person === undefined ? json(404, { error: 'unknown' }) : json(200, person);
    (request.headers.authorization === `Bearer ${bearer}` ? answer : json(401, {}))(request, response);
  };
}

interface HrisPart {
  path?: string;
  mapping?: Partial<Record<ProfileField, string>>;
}

/** Settings for a test server. @throws RangeError when the test's own URL or mapping is wrong */
export function hrisSettings(
  { url }: Pick<TestServer, 'url'>,
  { path = '/people/{login}', mapping = { city: 'city' } }: HrisPart = {},
  part: Partial<HrisSettings> = {},
): HrisSettings {
  const made = compileHris({ url: `${url}${path}`, mapping }, { timeoutMs: 60_000 });
  if (made.outcome === 'unusable') throw new RangeError(`${made.field} ${made.why}`);
  return { compiled: made.compiled, auth: { bearer: () => bearer }, ...part };
}

/** Our port with these settings. The breaker never opens. */
export function hrisWith(settings: HrisSettings): HrisPort {
  return createHrisPort(() => settings, { resilience: { retryDelayMs: 1, breakAfter: 1_000 } });
}
