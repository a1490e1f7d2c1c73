import { z } from 'zod';

import { validationFailed } from '../http/errors.ts';
import { parseBody } from '../http/handler.ts';

const bodySchema = z.looseObject({
  profile: z.looseObject({ name: z.string().min(1).max(255), description: z.string().max(1_024).nullish() }),
});

export function readGroup(body: unknown): { name: string; description: string | null } {
  const { name, description } = parseBody(bodySchema, body, 'group').profile;
  return { name, description: description ?? null };
}

export function groupNameTaken(): Error {
  return validationFailed('name', ['name: An object with this field already exists in the current organization']);
}
