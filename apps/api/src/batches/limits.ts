export const mostRows = 50_000;
export const mostMebibytes = 64;

/** Of one row, in characters. A longer one is rejected by itself. */
export const mostRowLength = 64 * 1024;

/** Of one row of a CSV file, in characters, before the file is given up: a quote that is not closed makes one row of the rest. */
export const mostRecordLength = 4 * 1024 * 1024;

/** Rows are flat: what is nested deeper than this is not read on. */
export const mostDepth = 16;

/** Rows that one statement opens. Three of these are in memory at most, whatever the size of the file. */
export const rowsPerChunk = 250;
