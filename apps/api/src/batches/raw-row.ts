import type { Problem } from '@keycourier/journey/model/shipment';

/** A row as it came: its number counts the rows of data from 1. */
export interface RawRow {
  row: number;
  /** Of a row of a CSV file: the cells that hold something, by their columns' names. */
  given: unknown;
  /** What is wrong with it before its fields are looked at. */
  problems: readonly Problem[];
}
