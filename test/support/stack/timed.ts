/** Does what it is given, and prints how long that took. */
export async function timed(name: string, work: () => Promise<unknown>): Promise<void> {
  const began = Date.now();
  await work();
  console.log(`      ${name}: ${seconds(began, Date.now())}`);
}

/** The time between two moments, as "12.3 s". */
export function seconds(from: number, to: number): string {
  return `${((to - from) / 1000).toFixed(1)} s`;
}
