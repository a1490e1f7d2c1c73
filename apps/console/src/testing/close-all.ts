type Close = () => Promise<unknown>;

const closing: Close[] = [];

/** Registers what afterAll must close: anything left open by a failed test would keep the process alive. */
export function closeAtEnd(close: Close): void {
  closing.push(close);
}

/** For afterAll: closes everything registered in this file, last first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
}
