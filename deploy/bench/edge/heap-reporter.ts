import { appendFileSync } from 'node:fs';

/** Loaded into a program before its own code (`--import`): how it uses memory, a line every ten seconds into a file. */
const file = process.env.BENCH_HEAP_FILE;
const periodMs = 10_000;

if (file !== undefined) {
  setInterval(() => appendFileSync(file, `${JSON.stringify(process.memoryUsage())}\n`), periodMs).unref();
}
