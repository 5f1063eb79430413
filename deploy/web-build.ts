import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';

/** Builds the web page into `cloud/web-dist`, compressed for the wire too, unless it is already made from these very sources. */
export async function buildWeb(checkout: string): Promise<void> {
  const target = join(checkout, 'cloud', 'web-dist');
  const stampFile = join(target, 'sources.sha256');
  const stamp = stampOfSources(checkout);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  await build({ configFile: join(checkout, 'cloud', 'web', 'vite.config.ts'), logLevel: 'warn' });
  compressAssets(join(target, 'assets'));
  writeFileSync(stampFile, stamp);
}

function stampOfSources(checkout: string): string {
  const hash = createHash('sha256');
  for (const folder of ['cloud/web', 'shared/base', 'shared/kpi', 'shared/model', 'shared/sdk', 'shared/wire']) {
    const files = readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) hash.update(file.slice(checkout.length)).update(readFileSync(file));
  }
  return hash.update(readFileSync(join(checkout, 'package-lock.json'))).digest('hex');
}

/** Beside each file as it is, so that serving it costs nothing. */
function compressAssets(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => /\.(js|css|svg)$/.test(one))) {
    const content = readFileSync(join(folder, name));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content));
  }
}
