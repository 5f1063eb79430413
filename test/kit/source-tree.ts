import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout the tests run in. */
export const checkoutFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export interface SourceFile {
  /** Path from the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript source of the project: known to git or new, never generated. */
export function sourceFiles(): SourceFile[] {
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], {
    cwd: checkoutFolder,
    encoding: 'utf8',
  });
  return list
    .split('\n')
    .filter((path) => path !== '')
    .flatMap((path) => {
      try {
        return [{ path, text: readFileSync(join(checkoutFolder, path), 'utf8') }];
      } catch {
        return []; // deleted in the work tree, not yet in git
      }
    });
}
