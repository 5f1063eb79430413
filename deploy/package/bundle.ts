import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/** The gateway's program as one CommonJS file, and the folders of the packages that are in it. */
export interface Bundle {
  readonly code: string;
  readonly packages: readonly string[];
}

/** Optional parts of others we do not ship; each is asked for in a way that bears its absence. */
const absent = ['bufferutil', 'utf-8-validate', 'proper-lockfile'];
const addonHosts = { lmdb: '/node_modules/lmdb/', serialport: '/@serialport/bindings-cpp/' } as const;

/** From the compiled edge program. @throws Error where a file is no longer as it was when this was written */
export async function bundleEdge(checkout: string): Promise<Bundle> {
  const bundle = await rolldown({
    cwd: checkout,
    input: join(checkout, 'deploy/dist/package/executable-entry.js'),
    platform: 'node',
    plugins: [withoutFiles(checkout), withOwnAddons(checkout)],
    onLog(level, log) {
      // protobufjs looks for optional packages by eval.
      if (level === 'warn' && log.code !== 'EVAL') throw new Error(log.message);
    },
  });
  const { output } = await bundle.generate({
    format: 'cjs',
    codeSplitting: false,
    keepNames: true,
    minify: { compress: false, mangle: false, codegen: true },
    comments: { legal: false },
  });
  await bundle.close();
  if (output.length !== 1) throw new Error(`the bundle has ${output.length} files`);
  return { code: output[0].code, packages: packagesOf(output[0].moduleIds) };
}

/** Files a module reads beside itself become part of it: in the executable there is no beside. */
function withoutFiles(checkout: string): Plugin {
  const text = (path: string) => readFileSync(join(checkout, path), 'utf8');
  const { version } = JSON.parse(text('edge/package.json')) as { version: string };
  const changes: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
    'edge/dist/main.js': [
      [
        /JSON\.parse\(readFileSync\(new URL\('\.\.\/package\.json', import\.meta\.url\), 'utf8'\)\)/,
        JSON.stringify({ version }),
      ],
    ],
    'shared/dist/wire/codec.js': [
      [
        /protobuf\.loadSync\(.*\.proto', import\.meta\.url\)\)\)/,
        `protobuf.parse(${JSON.stringify(text('shared/wire/telemetry-batch.proto'))}).root`,
      ],
    ],
    'edge/dist/drivers/opcua/pki.js': [
      [
        /^const require = createRequire\(.*\);$/m,
        "import * as certificateManager from 'node-opcua-certificate-manager';",
      ],
      [/require\('node-opcua-certificate-manager'\)/, 'certificateManager'],
    ],
    // An optional package it would rather have; it looks for it each time anew.
    'node_modules/@ster5/global-mutex/dist/index.js': [[/targetType = "proper-lockfile";/, 'targetType = "native";']],
  };
  const missing = new Set(Object.keys(changes));
  return {
    name: 'gongfu-files',
    transform(code, id) {
      const path = Object.keys(changes).find((file) => id === join(checkout, file));
      if (path === undefined) return undefined;
      missing.delete(path);
      let changed = code;
      for (const [what, by] of changes[path]!) {
        if (!what.test(changed))
          throw new Error(`${path} has no ${what} any more: deploy/package/bundle.ts must learn of it`);
        changed = changed.replace(what, () => by);
      }
      return changed;
    },
    buildEnd() {
      if (missing.size > 0) throw new Error(`not part of the program any more: ${[...missing].join(', ')}`);
    },
  };
}

/** Native parts are found by `addon.ts`, not by a look into node_modules. */
function withOwnAddons(checkout: string): Plugin {
  const prefix = '\0gongfu-addon:';
  const loader = JSON.stringify(join(checkout, 'deploy/dist/package/addon.js'));
  return {
    name: 'gongfu-addons',
    resolveId(id, importer = '') {
      // One for each who asks: a module that has failed once is taken for an empty one the second time.
      if (absent.includes(id)) return `${prefix}none:${importer}`;
      if (!id.startsWith('node-gyp-build')) return undefined;
      const host = Object.entries(addonHosts).find(([, folder]) => importer.includes(folder))?.[0];
      return prefix + (host ?? `none:${importer}`);
    },
    load(id) {
      if (!id.startsWith(prefix)) return undefined;
      const name = id.slice(prefix.length);
      if (name.startsWith('none:')) return "throw new Error('not part of this executable');";
      return `const { loadAddon } = require(${loader}); module.exports = () => loadAddon('${name}');`;
    },
  };
}

function packagesOf(modules: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const id of modules) {
    const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id);
    if (match !== null && existsSync(join(match[1]!, 'package.json'))) folders.add(match[1]!);
  }
  return [...folders].sort();
}
