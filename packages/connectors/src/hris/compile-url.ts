import { profileFields } from '@keycourier/journey/model/profile';
import type { IdentityUser } from '@keycourier/journey/ports/identity';
import { parseTemplate } from 'url-template';

import type { CompiledHris, UnusableSetting } from './settings.ts';

/** What Okta knows a person by and a URL may hold. */
const placeholders: readonly string[] = ['login', 'id', ...profileFields];

/**
 * Reads a template such as `https://hris.example/people/{login}`: simple string expansion (RFC 6570, section 3.2.2), so
 * a value is one segment of a path or one value of a query and never more.
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
      // Dots alone would name another resource, and so would nothing.
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
  if (/[{}]/.test(template.replaceAll(/\{[^{}]*\}/g, ''))) return 'has a brace that is alone';
  if (names.length === 0) return 'names nobody: it needs a placeholder such as {login}';
  const unknown = names.filter((name) => !placeholders.includes(name));
  if (unknown.length > 0) return `has {${unknown.join('}, {')}}; what is known is {${placeholders.join('}, {')}}`;
  const { expand } = parseTemplate(template);
  const [one, other] = ['a', 'b'].map((value) => expand(Object.fromEntries(names.map((name) => [name, value]))));
  return problemOfUrls(one ?? '', other ?? '');
}

/** `one` and `other` are what becomes of the template for two people. */
function problemOfUrls(one: string, other: string): string | null {
  if (!URL.canParse(one) || !URL.canParse(other)) return 'is no URL';
  const [first, second] = [new URL(one), new URL(other)];
  if (!/^https?:$/.test(first.protocol)) return 'is neither https nor http';
  if (first.origin !== second.origin) return 'has a placeholder in the name of the host';
  if (first.username !== '' || first.password !== '') return 'holds a user or a password; those belong into auth';
  if (first.hash !== '') return 'has a fragment, which no server sees';
  return null;
}
