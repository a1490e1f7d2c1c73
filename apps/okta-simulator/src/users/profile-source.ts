import { z } from 'zod';

import { param, parseBody, type Handler } from '../http/handler.ts';
import { settingsSchema } from '../store/settings.ts';
import { findUser } from './user.ts';

const sourceSchema = z.strictObject({ source: z.string().min(1).max(100).nullable() });

/** `PUT /sim/users/{id}/source`: from then on this source (a directory, an HR system) owns the user's profile; null ends it. */
export const setProfileSource: Handler = async (org, request) => {
  const { source } = parseBody(sourceSchema, request.body, 'source');
  const { id } = await findUser(org.db, param(request, 'id'));
  await org.db.query('update org_user set profile_source = $2 where id = $1', [id, source]);
  return { status: 200, body: { id, source } };
};

const values = settingsSchema.shape;

const profilesSchema = z.strictObject({
  lostUpdateMs: values.lostUpdateMs.unwrap().optional(),
  namesChangedAttributes: values.namesChangedAttributes.unwrap().optional(),
});

/** `PUT /sim/profiles`: changes what the body has, and returns all of it. */
export const changeProfiles: Handler = async (org, request) => {
  await org.settings.change(parseBody(profilesSchema, request.body, 'profiles'));
  const now = org.settings.current();
  return { status: 200, body: { lostUpdateMs: now.lostUpdateMs, namesChangedAttributes: now.namesChangedAttributes } };
};
