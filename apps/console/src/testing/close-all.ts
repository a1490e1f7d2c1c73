type Close = () => Promise<unknown>;

const closing: Close[] = [];

/** What a failed test leaves open would keep the run from ending, so everything that is opened is told here. */
export function closeAtEnd(close: Close): void {
  closing.push(close);
}

/** For afterAll: closes everything that was opened in this file, the last one first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
}
