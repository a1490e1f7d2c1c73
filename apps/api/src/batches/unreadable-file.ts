import type { Problem } from '@keycourier/journey/model/shipment';
import { describeProblem } from '@keycourier/messages/describe-problem';

import { refuse, type Answer } from '../http/answer.ts';

/** A file as a whole is not usable: nothing of it is taken. Holds names of columns and fields, and no value of a row. */
export class UnreadableFile extends Error {
  readonly code = 'unreadable_file';
  readonly level = 'info';
  readonly problems: readonly Problem[];

  constructor(...problems: readonly Problem[]) {
    super(`The file is not usable: ${problems.map(({ field, code }) => `${field} ${code}`).join(', ')}`);
    this.name = 'UnreadableFile';
    this.problems = problems;
  }
}

export function answerToUnreadable({ problems }: UnreadableFile): Answer {
  const described = problems.map(describeProblem);
  const detail = described.slice(0, 5).map(({ message }) => message);
  return refuse('bad_request', `Nothing was taken. ${detail.join(' ')}`, { problems: described });
}
