/** A test waited for something that did not come. */
class NotYetError extends Error {
  readonly code = 'not_yet';
  readonly level = 'error';
}

/** Waits for a condition; gives up after twenty seconds by throwing what it saw last. */
export async function until<Value>(
  look: () => Promise<Value> | Value,
  isIt: (value: Value) => boolean,
): Promise<Value> {
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    const value = await look();
    if (isIt(value)) return value;
    if (Date.now() > giveUpAt) throw new NotYetError(`It did not come to that: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
