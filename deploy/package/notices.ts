import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences of everything that is in the executable, as their authors ask. `packages`: folders of npm packages. */
export function noticesOf(packages: readonly string[], nodeLicence: string | undefined): string {
  const parts = packages.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    const licence =
      typeof manifest.license === 'string' ? manifest.license : JSON.stringify(manifest.license ?? 'unnamed');
    return section(`${manifest.name} ${manifest.version} (${licence})`, licenceText(folder));
  });
  const node = section(
    `Node.js ${process.versions.node}`,
    nodeLicence ?? 'https://github.com/nodejs/node/blob/main/LICENSE',
  );
  return `gongfu-edge is under the Apache License 2.0. It holds the following works of others.\n\n${[node, ...new Set(parts)].join('\n')}`;
}

function licenceText(folder: string): string {
  const files = readdirSync(folder).filter(
    (name) => /^(licen[cs]e|copying|notice)/i.test(name) && existsSync(join(folder, name)),
  );
  return files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}

function section(title: string, text: string): string {
  return `${'-'.repeat(78)}\n${title}\n\n${text}\n`;
}
