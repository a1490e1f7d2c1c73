export const maxRows = 50_000;
export const maxMebibytes = 64;

/** In characters. A longer row is rejected, the others are not. */
export const maxRowLength = 64 * 1024;

/** Of the header. No more than twenty columns have a meaning. */
export const maxColumns = 200;

/** Cells cannot be counted before they are read, but what separates them can. A row with more is rejected unread. */
export const maxSeparators = 1_000;

/** Of one quoted cell. After more of them without its end, the quote counts as not closed. */
export const maxLinesOfCell = 100;

/** In characters, of a row whose cells have line breaks. No row that is valid is half as long. */
export const maxLengthOfLines = 16 * 1024;

/** Rows with a misplaced or unclosed quote: a file with more of them is no CSV file. */
export const maxBrokenRows = 1_000;

/** Rows are flat, so a body nested deeper than this is refused. */
export const maxDepth = 16;

/** Rows for one statement. At most four chunks are in memory, independent of the size of the file. */
export const rowsPerChunk = 250;

/** The same while other tenants have work: a statement then takes the database, and this process, some milliseconds. */
export const rowsPerSharedChunk = 25;

/** After so many rows, some tenths of a millisecond, the clock is looked at. It divides both. */
export const rowsPerLook = 5;
