import { scopes } from '@keycourier/ledger/api-keys/api-keys';
import { z } from 'zod';

import { problemTypes } from '../http/answer.ts';
import { namesOf } from '../http/names-of.ts';
import { fieldProblem } from '../shipments/shipment-schema.ts';

const product = z.strictObject({ productId: z.string(), inventoryProductId: z.string(), customizationId: z.string() });

/** A refusal, as RFC 9457 has it. */
export const problem = z
  .strictObject({
    type: z.string().meta({ description: '`urn:keycourier:problem:` and the code' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What was wrong, where, and what would fix it; never what was sent' }),
    code: z.enum(namesOf(problemTypes)),
    problems: z.array(fieldProblem).optional().meta({ description: 'The faults one by one' }),
    shipmentId: z.string().nullable().optional().meta({ description: 'The shipment that is in the way' }),
    choices: z.array(product).optional().meta({ description: 'What the tenant may order' }),
    scope: z.enum(scopes).optional().meta({ description: 'What the API key lacks' }),
  })
  .meta({ id: 'Problem', description: 'A refusal (RFC 9457)' });
