import type { Answer } from '@keycourier/http/answer';
import type { Refusal, RefusalReason } from '@keycourier/ledger/directory/refusal';
import { ScimError } from '@keycourier/scim-protocol/scim-error';

import { refuse, type ProblemCode } from '../problems.ts';

/** What an operator's write can be refused for; the others are of a connection's options. */
const codes: Readonly<Partial<Record<RefusalReason, ProblemCode>>> = {
  not_found: 'not_found',
  user_name_taken: 'user_name_taken',
  group_name_taken: 'group_name_taken',
  owned_by_client: 'owned_by_client',
};

export const refuseWrite = ({ reason, detail }: Refusal): Answer => refuse(codes[reason] ?? 'bad_request', detail);

/** A value that no person or group can have is the caller's mistake. */
export async function orBadRequest(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ScimError) return refuse('bad_request', error.message);
    throw error;
  }
}
