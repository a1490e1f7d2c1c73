import { flows } from '@keycourier/journey/model/flows';
import { z } from 'zod';

import { namesOf } from '../http/names-of.ts';

export const flow = z
  .strictObject({ slug: z.enum(namesOf(flows)), title: z.string(), enabled: z.boolean() })
  .meta({ id: 'Flow' });

export const warning = z
  .strictObject({ code: z.literal('both_triggers_on'), message: z.string() })
  .meta({ id: 'FlowWarning', description: 'Allowed, and perhaps not meant' });
