import { hubCheckNames } from '@keycourier/journey/hub/judge-hub';
import type { HubTest } from '@keycourier/ledger/hub/tests';
import type { HubState } from '@keycourier/operations/hub/hub-state';
import { z } from 'zod';

const time = z.iso.datetime();

const publicKey = z
  .strictObject({
    kty: z.literal('EC').meta({ description: 'The kind of key' }),
    crv: z.literal('P-256').meta({ description: 'Its curve' }),
    x: z.string().meta({ description: 'A coordinate' }),
    y: z.string().meta({ description: 'A coordinate' }),
    kid: z.string().meta({ description: 'The key’s id, which each assertion names' }),
    use: z.literal('sig').meta({ description: 'It verifies signatures' }),
    alg: z.literal('ES256').meta({ description: 'How it signs' }),
  })
  .meta({ id: 'HubPublicKey', description: 'A public JWK, to be registered with the service app in the hub' });

const test = z
  .strictObject({
    state: z.enum(['pending', 'passed', 'failed']).meta({ description: 'Whether all of its checks passed' }),
    requestedAt: time.meta({ description: 'When it was last asked for' }),
    endedAt: time.nullable(),
    orgUrl: z.string().nullable().meta({ description: 'The hub that was tested; null: none yet' }),
    checks: z
      .array(
        z.strictObject({
          check: z.enum(hubCheckNames).meta({ description: 'What was looked at' }),
          passed: z.boolean().meta({ description: 'By what the hub showed: what cannot be read has not passed' }),
          message: z.string().meta({ description: 'What was seen' }),
          grant: z.string().nullable().meta({ description: 'What to grant in the hub; null where it passed' }),
        }),
      )
      .meta({ description: 'Each check, once the test has ended' }),
  })
  .meta({ id: 'HubTest' });

export const hub = z
  .strictObject({
    tenant: z.string(),
    source: z.enum(['config', 'api']).nullable().meta({
      description:
        'Whether `keycourier.yaml` names the hub or the API did; the file has precedence. Null: there is none',
    }),
    orgUrl: z.string().nullable().meta({ description: 'The org where the tenant’s people sign in' }),
    auth: z.enum(['api_token', 'service_app']).nullable().meta({ description: 'What signs in there' }),
    clientId: z.string().nullable().meta({ description: 'The service app; null: none yet, or an API token' }),
    publicKey: publicKey.nullable().meta({ description: 'Of a hub that the API named' }),
    createdAt: time.nullable().meta({ description: 'When the API named it' }),
    test: test.nullable().meta({ description: 'The last test; null: none was asked for' }),
  })
  .meta({ id: 'Hub' });

export function toHub({ tenant, config, link, test: found }: HubState): z.input<typeof hub> {
  const shared = { tenant, test: found === null ? null : toTest(found) };
  if (config !== null) return { ...shared, source: 'config', ...config, publicKey: null, createdAt: null };
  if (link === null) return { ...shared, ...none };
  const { orgUrl, clientId, publicKey: key, createdAt } = link;
  return {
    ...shared,
    source: 'api',
    auth: 'service_app',
    orgUrl,
    clientId,
    publicKey: key,
    createdAt: createdAt.toISOString(),
  };
}

const none = { source: null, orgUrl: null, auth: null, clientId: null, publicKey: null, createdAt: null } as const;

function toTest({ requestedAt, endedAt, orgUrl, checks }: HubTest): z.input<typeof test> {
  const hasPassed = checks?.every(({ passed }) => passed) === true;
  return {
    state: endedAt === null ? 'pending' : hasPassed ? 'passed' : 'failed',
    requestedAt: requestedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    orgUrl,
    checks: (checks ?? []).map(({ name, ...rest }) => ({ check: name, ...rest })),
  };
}

export const newHub = z.strictObject({
  orgUrl: z.url().max(255).meta({
    description: 'The hub’s own URL at Okta, not a custom domain',
    example: 'https://acme-hub.okta.com',
  }),
});

export const changedHub = z.strictObject({
  clientId: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'must be a client id')
    .meta({ description: 'The client id of the service app in the hub', example: '0oa3example' }),
});

export const hubExample: z.input<typeof hub> = {
  tenant: 'acme',
  source: 'api',
  orgUrl: 'https://acme-hub.okta.com',
  auth: 'service_app',
  clientId: '0oa3example',
  publicKey: { kty: 'EC', crv: 'P-256', x: 'o0c…', y: 'h1d…', kid: 'kc-1f0c8a…', use: 'sig', alg: 'ES256' },
  createdAt: '2026-11-30T09:00:00.000Z',
  test: {
    state: 'failed',
    requestedAt: '2026-11-30T09:05:00.000Z',
    endedAt: '2026-11-30T09:05:02.000Z',
    orgUrl: 'https://acme-hub.okta.com',
    checks: [
      {
        check: 'users',
        passed: false,
        message: 'the list of users is empty: so Okta answers a caller who may see none',
        grant: 'give the caller a role that may view all users',
      },
    ],
  },
};
