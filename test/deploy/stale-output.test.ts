import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { removeStaleOutput } from '#deploy/stale-output';
import { temporaryFolder } from '../kit/folders.ts';

describe('output of sources that are gone', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  it('is removed, and nothing else', () => {
    const files = [
      'cloud/plugins/energy/plugin.ts',
      'cloud/dist/plugins/energy/plugin.js',
      'cloud/dist/plugins/energy/plugin.d.ts',
      'cloud/dist/plugins/gone/plugin.js',
      'cloud/dist/plugins/gone/plugin.js.map',
      'cloud/dist/plugins/gone/plugin.d.ts',
      'cloud/page.tsx',
      'cloud/dist/page.js',
      'cloud/dist/web-types/app.d.ts',
      'cloud/dist/tsconfig.tsbuildinfo',
    ].map((file) => join(folder, file));
    for (const file of files) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
    }
    expect(removeStaleOutput(folder, ['cloud', 'edge'])).to.deep.equal(['cloud/plugins/gone/plugin']);
    expect(files.filter((file) => !existsSync(file))).to.deep.equal(files.filter((file) => file.includes('/gone/')));
  });
});
