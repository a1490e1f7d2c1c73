export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The API's own limit of a page. */
const maxPageSize = 100;

/** Reads pages until there are `limit` items, or no more. */
export async function readPages<Item>(
  limit: number,
  readPage: (part: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const part: { limit: number; cursor?: string } = { limit: Math.min(maxPageSize, limit - items.length) };
    const page: Page<Item> = await readPage(cursor === null ? part : { ...part, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return { items, nextCursor: cursor };
}
