import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from './target.ts';

const run = promisify(execFile);
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const { inject } = createRequire(import.meta.url)('postject') as {
  inject(file: string, name: string, content: Buffer, options: { sentinelFuse: string }): Promise<void>;
};

/** Node with the bundle and its native parts inside, as one file that needs nothing installed. */
export async function makeExecutable(options: { code: string; target: Target; file: string }): Promise<void> {
  const { code, target, file } = options;
  const folder = mkdtempSync(join(tmpdir(), 'gongfu-package-'));
  try {
    writeFileSync(join(folder, 'main.cjs'), code);
    const settings = {
      main: join(folder, 'main.cjs'),
      output: join(folder, 'blob'),
      disableExperimentalSEAWarning: true,
      // Code compiled before belongs to one processor and one build of Node.
      useCodeCache: target.node === process.execPath,
      assets: Object.fromEntries([...target.addons].map(([name, addon]) => [`${name}.node`, addon])),
    };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
    await run(process.execPath, ['--experimental-sea-config', join(folder, 'settings.json')]);
    const draft = `${file}.draft`;
    copyFileSync(target.node, draft);
    chmodSync(draft, 0o755);
    await quietly(() => inject(draft, 'NODE_SEA_BLOB', readFileSync(settings.output), { sentinelFuse: fuse }));
    renameSync(draft, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** postject's own library complains of sections of Node that have no name, and are right so. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { warn, error } = console;
  console.warn = () => {};
  console.error = () => {};
  try {
    await work();
  } finally {
    Object.assign(console, { warn, error });
  }
}
