/** Resolves when the condition holds; rejects, naming it, when it does not within `ms`. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  ms = 10_000,
  { what = String(condition), everyMs = 2 } = {},
): Promise<void> {
  const limit = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
