import { profileFields } from '@keycourier/journey/model/profile';
import type { IdentityUser } from '@keycourier/journey/ports/identity';
import { parseTemplate } from 'url-template';

import type { CompiledHris, UnusableSetting } from './settings.ts';

/** The attributes of an Okta user that a URL may contain. */
const placeholders: readonly string[] = ['login', 'id', ...profileFields];

/**
 * Compiles a template such as `https://hris.example/people/{login}`: simple string expansion (RFC 6570, section 3.2.2),
 * so that a value is one segment of a path or one value of a query and never more.
 */
export function compileUrl(template: string): { outcome: 'compiled'; urlOf: CompiledHris['urlOf'] } | UnusableSetting {
  const names = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  const why = problemOf(template, names);
  if (why !== null) return { outcome: 'unusable', field: 'url', why };
  const { expand } = parseTemplate(template);
  return {
    outcome: 'compiled',
    urlOf: (user) => {
      const values = names.map((name): [string, string] => [name, valueOf(user, name)]);
      // Dots alone, or an empty value, would address another resource.
      return values.some(([, value]) => /^\.{0,2}$/.test(value)) ? null : new URL(expand(Object.fromEntries(values)));
    },
  };
}

function valueOf(user: IdentityUser, name: string): string {
  if (name === 'login' || name === 'id') return user[name];
  const field = profileFields.find((one) => one === name);
  return field === undefined ? '' : (user.profile[field]?.value ?? '');
}

function problemOf(template: string, names: readonly string[]): string | null {
  if (/[{}]/.test(template.replaceAll(/\{[^{}]*\}/g, ''))) return 'has an unmatched brace';
  if (names.length === 0) return 'identifies no user: it needs a placeholder such as {login}';
  const unknown = names.filter((name) => !placeholders.includes(name));
  if (unknown.length > 0) return `has {${unknown.join('}, {')}}; the known ones are {${placeholders.join('}, {')}}`;
  const { expand } = parseTemplate(template);
  const [one, other] = ['a', 'b'].map((value) => expand(Object.fromEntries(names.map((name) => [name, value]))));
  return problemOfUrls(one ?? '', other ?? '');
}

/** `one` and `other` are the template expanded for two users. */
function problemOfUrls(one: string, other: string): string | null {
  if (!URL.canParse(one) || !URL.canParse(other)) return 'is not a URL';
  const [first, second] = [new URL(one), new URL(other)];
  if (!/^https?:$/.test(first.protocol)) return 'is neither https nor http';
  if (first.origin !== second.origin) return 'has a placeholder in the host name';
  if (first.username !== '' || first.password !== '') return 'contains a user or a password; those belong in auth';
  if (first.hash !== '') return 'has a fragment, which is never sent to a server';
  return null;
}
