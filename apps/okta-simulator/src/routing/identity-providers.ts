import { z } from 'zod';

import { notFound } from '../http/errors.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import { select, type Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';

const providerSchema = z.object({ id: z.string(), type: z.string(), name: z.string(), created: z.date() });

type IdentityProvider = z.infer<typeof providerSchema>;

export async function findProvider(db: Queryable, id: string): Promise<IdentityProvider | undefined> {
  const rows = await select(db, providerSchema, {
    text: 'select * from identity_provider where id = $1',
    values: [id],
  });
  return rows[0];
}

/** `GET /api/v1/idps/{idpId}` */
export const getIdentityProvider: Handler = async (org, request) => {
  const id = param(request, 'idpId');
  const found = await findProvider(org.db, id);
  if (found === undefined) throw notFound(id, 'IdentityProvider');
  const { type, name, created } = found;
  const times = { created: created.toISOString(), lastUpdated: created.toISOString() };
  return { status: 200, body: { id, type, name, status: 'ACTIVE', ...times } };
};

const draftSchema = z.strictObject({ name: z.string().min(1), type: z.enum(['OIDC', 'SAML2']).default('SAML2') });

/** `POST /sim/idps`: an identity provider by name, without the protocol settings that a real one has. */
export const addIdentityProvider: Handler = async (org, request) => {
  const { name, type } = parseBody(draftSchema, request.body, 'identityProvider');
  const id = oktaId('0oa');
  const values = [id, type, name, org.now()];
  await org.db.query('insert into identity_provider (id, type, name, created) values ($1, $2, $3, $4)', values);
  return { status: 200, body: { id, type, name } };
};
