import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command, Option } from 'commander';
import { bundleEdge } from './bundle.ts';
import { makeDeb } from './deb.ts';
import { makeExecutable } from './executable.ts';
import { noticesOf } from './notices.ts';
import { type Arch, debianArch, targetFor } from './target.ts';

const run = promisify(execFile);

/** `npm run package`: what an installer is handed, in `dist/`: npm packages, the single executable, the `.deb`. */
const checkout = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const options = new Command('package')
  .addOption(new Option('--arch <arch>', 'processor they are for').choices(['x64', 'arm64']).default(process.arch))
  .option('--out <folder>', 'where they go', join(checkout, 'dist'))
  .option('--fast', 'pack the .deb quickly rather than small')
  .parse()
  .opts<{ arch: Arch; out: string; fast?: boolean }>();

const { version } = JSON.parse(readFileSync(join(checkout, 'edge/package.json'), 'utf8')) as { version: string };
// The same content gives the same files.
const { stdout: committed } = await run('git', ['-C', checkout, 'log', '-1', '--format=%ct']).catch(() => ({
  stdout: '',
}));
const time = Number(process.env.SOURCE_DATE_EPOCH ?? committed) || 0;
mkdirSync(options.out, { recursive: true });

const workspaces = ['--workspace', 'shared', '--workspace', 'edge'];
const { stdout } = await run('npm', ['pack', '--json', ...workspaces, '--pack-destination', options.out], {
  cwd: checkout,
});
for (const { filename } of JSON.parse(stdout) as { filename: string }[]) show(join(options.out, filename));

const target = await targetFor(options.arch, checkout, join(checkout, 'dist/fetched'));
const { code, packages } = await bundleEdge(checkout);
const executable = join(options.out, `gongfu-edge-${version}-linux-${options.arch}`);
await makeExecutable({ code, target, file: executable });
show(executable);

const deb = join(options.out, `gongfu-edge_${version}_${debianArch[options.arch]}.deb`);
const notices = noticesOf(packages, target.nodeLicence);
const compression = options.fast === true ? 'gzip' : 'xz';
await makeDeb({ checkout, target, version, executable, notices, file: deb, compression, time });
show(deb);

function show(file: string): void {
  console.log(`${file}  ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB`);
}
