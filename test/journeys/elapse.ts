// Lets time itself pass, for the few tests whose input is time: moments of kills spread at random,
// a store that stands still for longer than an insert may take. Whoever waits for something to
// happen uses vi.waitFor with the condition instead; the house rule "tests wait for conditions"
// refuses every other way to sleep in a test.
// Guarantees: the reason stands beside every use.
// Example: await elapse(7_000, 'longer than insert_timeout_ms, so that the sink must ask again')

export async function elapse(ms: number, why: string): Promise<void> {
  if (why === '') throw new Error('elapse() needs a reason');
  await new Promise((resolve) => setTimeout(resolve, ms));
}
