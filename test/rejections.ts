/** Each once: mocha's own listener passes on what ours has heard already. */
const unhandled = new Set<unknown>();
const note = (reason: unknown): void => {
  unhandled.add(reason);
};

/**
 * Mocha passes an unhandled rejection on to whoever listens on the process, and where it is not its own command line nobody
 * does: it would pass in silence. It is told after the test in which it came up, and ends the run: thrown where it
 * happens, it would kill the worker. Begun with each file, as a worker forgets its listeners after each.
 */
export const mochaHooks = {
  beforeAll(): void {
    if (!process.listeners('unhandledRejection').includes(note)) process.on('unhandledRejection', note);
  },
  afterEach: tell,
  afterAll: tell,
};

/** @throws Error whose cause is the first that nobody handled */
function tell(): void {
  if (unhandled.size === 0) return;
  const [first, ...more] = unhandled;
  unhandled.clear();
  for (const reason of more) console.error('also not handled:', reason);
  throw new Error(`a rejection nobody handled: ${first}`, { cause: first });
}
