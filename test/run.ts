import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { mochaHooks as rootHooks } from './rejections.ts';

/**
 * `npm test [-- part-of-a-path …]`: the compiled tests under mocha's spec reporter. A whole run has mocha's own workers,
 * `TEST_JOBS` of them or as many as there are processors (two to four), and shows each file when it has ended; parts run
 * one after the other and are shown as they go. The last line is the plain count of mocha's own statistics; a run in
 * which nothing was executed fails.
 */
const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const whole = wanted.length === 0;
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => whole || wanted.some((part) => file.includes(part)))
  .sort(flowFirst)
  .map((file) => relative(process.cwd(), join(folder, file)));

/** Compares moments to a poll period: what runs beside it on a small machine would be what it measures. */
const alone = join('flow', 'ledger.test.js');
const isAlone = (file: string): boolean => file.endsWith(alone);
const jobs = Number(process.env.TEST_JOBS) || Math.min(4, Math.max(2, availableParallelism()));
const msByFile = new Map<string, number>();
const total = { passes: 0, failures: 0, pending: 0 };

if (whole) await run(files.filter(isAlone), false);
await run(whole ? files.filter((file) => !isAlone(file)) : files, whole);
if (whole) showSlowest();
const executed = total.passes + total.failures;
if (executed === 0) console.error(`no test was executed (${files.length} files found)`);
const skipped = total.pending > 0 ? `, ${total.pending} skipped` : '';
console.log(`${total.passes} passed, ${total.failures} failed${skipped}`);
// Whatever a test forgot to close must not keep CI waiting.
process.exit(total.failures === 0 && executed > 0 ? 0 : 1);

async function run(some: readonly string[], parallel: boolean): Promise<void> {
  const options = { timeout: 60_000, reporter: 'spec', forbidOnly: true } as const;
  // A worker reads its hooks from a file.
  const mocha = parallel
    ? new Mocha({ ...options, parallel, jobs, require: [join(folder, 'rejections.js')] })
    : new Mocha({ ...options, rootHooks });
  for (const file of some) mocha.addFile(file);
  if (!parallel) await mocha.loadFilesAsync();
  await new Promise<void>((resolve) => {
    const runner = mocha.run((failures) => {
      total.passes += runner.stats?.passes ?? 0;
      total.pending += runner.stats?.pending ?? 0;
      total.failures += failures;
      resolve();
    });
    runner.on('test end', count);
    runner.on('hook end', count);
  });
}

/** The longest come first, so that at the end no worker waits long for another one. */
function flowFirst(a: string, b: string): number {
  return Number(b.startsWith('flow/')) - Number(a.startsWith('flow/')) || (a < b ? -1 : 1);
}

function count({ file = '', duration = 0 }: Mocha.Runnable): void {
  msByFile.set(file, (msByFile.get(file) ?? 0) + duration);
}

function showSlowest(): void {
  const slowest = [...msByFile].sort(([, a], [, b]) => b - a).slice(0, 15);
  console.log('Slowest files, seconds of their tests and hooks:');
  for (const [file, ms] of slowest) console.log(`${(ms / 1_000).toFixed(1).padStart(7)}  ${relative(folder, file)}`);
  console.log('');
}
