import { namesOf } from '@keycourier/http/contract';
import { scopes } from '@keycourier/ledger/api-keys/api-keys';
import { secondHandMessages } from '@keycourier/messages/refusals';
import { z } from 'zod';

import { product } from '../account/list-products.ts';
import { problemTypes } from '../problems.ts';
import { fieldProblem } from '../shipments/shipment-schema.ts';

export const problem = z
  .strictObject({
    type: z.string().meta({ description: '`urn:keycourier:problem:` followed by the code' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, where, and how to fix it; never contains what was sent' }),
    code: z.enum(namesOf(problemTypes)),
    requestId: z.string().optional().meta({ description: 'As in the header `Request-Id`, and in our log' }),
    problems: z.array(fieldProblem).optional().meta({ description: 'The individual problems' }),
    shipmentId: z.string().nullable().optional().meta({ description: 'The conflicting shipment' }),
    choices: z.array(product).optional().meta({ description: 'The products that the tenant may order' }),
    because: z.enum(namesOf(secondHandMessages)).optional().meta({ description: 'Why a second person is needed' }),
    scope: z.enum(scopes).optional().meta({ description: 'The scope that the API key lacks' }),
  })
  .meta({ id: 'Problem', description: 'A refused request (RFC 9457)' });
