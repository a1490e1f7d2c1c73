import type { Answer } from '@keycourier/http/answer';
import type { DescribedProblem } from '@keycourier/messages/describe-problem';

import { refuse } from '../problems.ts';

export const nameTaken: Answer = refuse(
  'connection_name_taken',
  'Another connection of the tenant has this name, in any letter case. Choose another one, or revoke that connection.',
);

export const revoked: Answer = refuse(
  'connection_revoked',
  'This connection is revoked. Create a new one; it can take over the people of this one.',
);

export const refuseMapping = (problems: readonly DescribedProblem[]): Answer =>
  refuse(
    'bad_request',
    problems
      .slice(0, 5)
      .map(({ message }) => message)
      .join(' '),
    { problems },
  );
