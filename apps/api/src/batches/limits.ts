export const maxRows = 50_000;
export const maxMebibytes = 64;

/** In characters. A longer row is rejected, the others are not. */
export const maxRowLength = 64 * 1024;

/** In characters of a CSV file. Beyond it the whole file is refused: an unclosed quote makes one row of the rest. */
export const maxRecordLength = 4 * 1024 * 1024;

/** Rows are flat, so a body nested deeper than this is refused. */
export const maxDepth = 16;

/** Rows for one statement. At most three chunks are in memory, independent of the size of the file. */
export const rowsPerChunk = 250;
