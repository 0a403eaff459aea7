/** Resolves when the condition holds; rejects, naming it, when it does not within `ms`. */
export async function waitUntil(condition: () => boolean, ms = 3_000): Promise<void> {
  const limit = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > limit) throw new Error(`not within ${ms} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
