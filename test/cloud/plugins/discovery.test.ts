import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { declarationFaults } from '#cloud/plugins/host/declaration-check';
import { findPlugins } from '#cloud/plugins/host/plugin-folder';
import { checkoutFolder } from '../../kit/source-tree.ts';
import { probe, text } from './plugin-probe.ts';

describe('plugin host: what it finds', () => {
  it('names every fault of a declaration at once', () => {
    const { declaration } = probe(async () => null);
    expect(declarationFaults(declaration)).to.deep.equal([]);
    const page = {
      id: 'a',
      title: text('A'),
      blocks: [{ kind: 'table', source: '/gone', rows: 'items', columns: [], empty: text('-') }],
    };
    const broken = {
      ...declaration,
      manifest: {
        ...declaration.manifest,
        id: 'Bad Id',
        version: 'one',
        host: '^2.0.0',
        permissions: ['users:manage'],
        name: { zh: '', en: 'x' },
      },
      pages: [page],
      routes: [{ ...declaration.routes[0], permission: 'users:manage', path: '/kpis/own' }],
    };
    const faults = declarationFaults(broken);
    for (const place of [
      'manifest.id:',
      'manifest.version:',
      'manifest.host: does not include 1.0.0',
      'manifest.permissions.0:',
      'manifest.name.zh:',
      'pages.0.blocks.0.columns:',
      'routes.0.permission:',
      'routes.0.path:',
    ]) {
      expect(
        faults.filter((fault) => fault.startsWith(place)),
        place,
      ).to.have.length(1);
    }
    const twice = { ...declaration, routes: [...declaration.routes, ...declaration.routes] };
    expect(declarationFaults(twice)).to.deep.equal(['routes.1: get /do is declared twice']);
    const column = { field: 'a', label: text('a'), format: 'text' };
    const dangling = { ...declaration, pages: [{ ...page, blocks: [{ ...page.blocks[0], columns: [column] }] }] };
    expect(declarationFaults(dangling)).to.deep.equal(['pages.0.blocks.0.source: no route get /gone is declared']);
  });

  it('names a schema nobody can read, which would end the start of the platform', () => {
    const { declaration } = probe(async () => null);
    const [route] = declaration.routes;
    const odd = { ...declaration, routes: [{ ...route, reply: { type: 'nonsense' }, query: { $ref: '#/none' } }] };
    const faults = declarationFaults(odd);
    for (const place of ['routes.0.query: ', 'routes.0.reply: '])
      expect(faults.filter((fault) => fault.startsWith(place))).to.have.length(1);
  });

  it('leaves out by name what cannot be used; the others are mounted', async () => {
    const root = await mkdtemp(join(tmpdir(), 'found-'));
    const door = pathToFileURL(join(checkoutFolder, 'shared/dist/sdk/plugin.js')).href;
    const zod = pathToFileURL(join(checkoutFolder, 'node_modules/zod/index.js')).href;
    const good = (id: string) => `
      import { definePlugin } from '${door}';
      import { z } from '${zod}';
      export const plugin = definePlugin({
        manifest: { id: '${id}', version: '1.0.0', host: '^1.0.0', name: { zh: '水', en: 'W' }, description: { zh: '水', en: 'W' }, permissions: [], settings: z.strictObject({}) },
        kpis: [], pages: [], routes: [], jobs: [],
      });`;
    const files = {
      'a-good': good('water'),
      'b-same': good('water'),
      'c-syntax': 'export const plugin = {',
      'd-empty': 'export const other = 1;',
      'e-odd': good('NO'),
      host: good('never-looked-at'),
    };
    for (const [folder, code] of Object.entries(files)) {
      await mkdir(join(root, folder));
      await writeFile(join(root, folder, 'plugin.js'), code);
    }
    await mkdir(join(root, 'f-no-plugin'));
    const found = await findPlugins(root);
    expect(found.map(({ folder, plugin }) => [folder, plugin?.declaration.manifest.id])).to.deep.equal([
      ['a-good', 'water'],
      ['b-same', undefined],
      ['c-syntax', undefined],
      ['d-empty', undefined],
      ['e-odd', undefined],
    ]);
    expect(found[1]?.faults).to.deep.equal(['the id water is taken by the folder a-good']);
    for (const { faults } of found.slice(1)) expect(faults).to.have.length(1);
    await rm(root, { recursive: true, force: true });
  });
});
