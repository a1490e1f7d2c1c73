import { z } from 'zod';

import { allTenants, operatorRoles, type OperatorRole } from './key-files/operators.ts';
import { refusals } from './refusals.ts';
import { twice } from './refusals/duplicates.ts';
import { isForSimulators, problemsOfUrl, type Problem } from './refusals/urls.ts';
import { secretReference } from './secrets.ts';

/** The levels of a fresh sign-in that Okta knows: `phr` needs FIDO2 and Okta's Identity Engine. */
export const stepUpLevels = ['phr', 'phrh', 'urn:okta:loa:2fa:any'] as const;

/** Where Okta sends operators back to: the redirect URI, at the console's address. */
export const oktaCallbackPath = '/sign-in/okta/callback';

const roleOfGroup = z.strictObject({
  /** As in the claim: exact, in the same letter case. */
  name: z.string().min(1),
  role: z.enum(operatorRoles),
  /** All tenants if it is left out. */
  tenant: z.string().optional(),
});

const signInSchema = z.strictObject({
  /** `https://acme.okta.com`, or a custom authorization server: `https://acme.okta.com/oauth2/default`. */
  issuer: z.url(),
  clientId: z.string().min(1),
  clientSecret: secretReference,
  /** The secret's last day, where it has one: a warning a month before. */
  clientSecretExpires: z.iso.date().optional(),
  groups: z.array(roleOfGroup).min(1),
  stepUp: z.enum(stepUpLevels).default('phr'),
});

/** What is of the console and of no tenant. */
export const consoleSchema = z.strictObject({
  /** Where operators open the console, without a path. */
  url: z.url().optional(),
  signIn: signInSchema.optional(),
});

/** A role in one tenant, or in all of them ({@link allTenants}). */
export interface RoleGrant {
  tenant: string;
  role: OperatorRole;
}

/** What a sign-in with these groups may do: names are compared exactly. */
export const grantsOf = ({ groups: rules }: Pick<SignInConfig, 'groups'>, groups: readonly string[]): RoleGrant[] =>
  rules.filter(({ name }) => groups.includes(name)).map(({ tenant = allTenants, role }) => ({ tenant, role }));

/** The highest of them in the tenant; null where the tenant does not exist for who has them. */
export function highestRole(grants: readonly RoleGrant[], tenant: string): OperatorRole | null {
  const own = grants.filter((one) => one.tenant === tenant || one.tenant === allTenants);
  return operatorRoles.findLast((role) => own.some((one) => one.role === role)) ?? null;
}

export type ConsoleConfig = z.output<typeof consoleSchema>;
export type SignInConfig = z.output<typeof signInSchema>;

const urls = z.looseObject({
  url: z.string().optional(),
  signIn: z.looseObject({ issuer: z.string().optional() }).optional(),
});

/** Problems of what zod accepts. `written` is what the YAML has, valid or not. */
export function consoleProblems(
  { parsed, written }: { parsed: ConsoleConfig | undefined; written: unknown },
  { tenants, mode }: { tenants: readonly string[]; mode: string },
): Problem[] {
  const { url, signIn } = urls.safeParse(written).data ?? {};
  return [
    ...(url === undefined ? [] : urlProblems(url, ['url'], mode)),
    ...(url !== undefined && URL.canParse(url) && new URL(url).pathname !== '/'
      ? [{ path: ['url'], message: refusals.pathInUrl() }]
      : []),
    ...(signIn?.issuer === undefined ? [] : urlProblems(signIn.issuer, ['signIn', 'issuer'], mode)),
    ...(parsed?.signIn === undefined ? [] : groupProblems(parsed.signIn, tenants)),
    ...(parsed?.signIn !== undefined && parsed.url === undefined && !isForSimulators(mode)
      ? [{ path: ['url'], message: refusals.consoleUrl() }]
      : []),
  ];
}

const urlProblems = (text: string, path: readonly string[], mode: string): Problem[] =>
  URL.canParse(text)
    ? problemsOfUrl(new URL(text), { mode, encrypted: 'https:', plain: 'http:', isTemplate: false }).map((message) => ({
        path: [...path],
        message,
      }))
    : [];

function groupProblems({ groups }: SignInConfig, tenants: readonly string[]): Problem[] {
  const at = (index: number, ...rest: string[]): PropertyKey[] => ['signIn', 'groups', index, ...rest];
  return [
    ...twice(groups, ({ name, tenant }) => JSON.stringify([name, tenant ?? '*'])).map(([index, other]) => ({
      path: at(index),
      message: refusals.roleTwice(`groups[${other}]`),
    })),
    ...groups.flatMap(({ name, tenant }, index) => [
      ...(tenant === undefined || tenants.includes(tenant)
        ? []
        : [{ path: at(index, 'tenant'), message: refusals.unknownTenant() }]),
      // The built-in group of an org, whose members are all of its users.
      ...(name === 'Everyone' ? [{ path: at(index, 'name'), message: refusals.everyone() }] : []),
    ]),
  ];
}
