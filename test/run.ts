import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';

/**
 * `npm test [-- part-of-a-path …]`: every compiled test under mocha's spec reporter. The last line is the plain count
 * of mocha's own statistics; a run in which nothing was executed fails.
 */
const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(folder, file));

const mocha = new Mocha({ timeout: 20_000, reporter: 'spec', forbidOnly: true });
for (const file of files) mocha.addFile(relative(process.cwd(), file));
await mocha.loadFilesAsync();
const runner = mocha.run((failures) => {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  const executed = passes + failures;
  if (executed === 0) console.error(`no test was executed (${files.length} files found)`);
  console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
  // Whatever a test forgot to close must not keep CI waiting.
  process.exit(failures === 0 && executed > 0 ? 0 : 1);
});
