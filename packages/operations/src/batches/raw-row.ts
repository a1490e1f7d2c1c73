import type { Problem } from '@keycourier/journey/model/shipment';
import type { SuggestedProblem } from '@keycourier/messages/describe-problem';

/** Begins the file again at each call. */
export type OpenText = () => AsyncIterable<string>;

/** A row as the file has it, before any check. */
export interface RawRow {
  /** Counts the data rows from 1. */
  row: number;
  /** Of a row of a CSV file: the cells that are not empty, by column name. */
  fields: unknown;
  /** Problems found before the fields are checked. */
  problems: readonly Problem[];
}

/** A file that is unusable as a whole. Its problems name columns and fields, never a value of a row. */
export class UnreadableFile extends Error {
  readonly code = 'unreadable_file';
  readonly level = 'info';
  readonly problems: readonly SuggestedProblem[];

  constructor(...problems: readonly SuggestedProblem[]) {
    super(`The file is unusable: ${problems.map(({ field, code }) => `${field} ${code}`).join(', ')}`);
    this.name = 'UnreadableFile';
    this.problems = problems;
  }
}
