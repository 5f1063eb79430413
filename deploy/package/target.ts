import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Names of a processor with Node and npm, and with Debian. */
export type Arch = 'x64' | 'arm64';
export const debianArch = { x64: 'amd64', arm64: 'arm64' } as const;

/** What of the executable is machine code. */
export interface Target {
  readonly arch: Arch;
  /** The program `node`. */
  readonly node: string;
  /** Licence of Node and what is in it; undefined where it was not found. */
  readonly nodeLicence: string | undefined;
  /** Native parts by the name they have in the package. */
  readonly addons: ReadonlyMap<string, string>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>>;
}

/**
 * The native parts for a processor. Those of another one come from the npm registry: lmdb's as the lockfile names it, by
 * its hash, and Node of exactly this version, whose blob the executable carries.
 */
export async function targetFor(arch: Arch, checkout: string, cache: string): Promise<Target> {
  const require = createRequire(join(checkout, 'edge', 'package.json'));
  const serialport = dirname(
    createRequire(require.resolve('serialport')).resolve('@serialport/bindings-cpp/package.json'),
  );
  const prebuilt = join(serialport, 'prebuilds', `linux-${arch}`);
  const native = readdirSync(prebuilt).find((name) => name.endsWith('glibc.node'));
  if (native === undefined) throw new Error(`no native part of serialport for ${arch} in ${prebuilt}`);
  const isOwn = arch === process.arch;
  const lmdb = isOwn
    ? dirname(createRequire(require.resolve('lmdb')).resolve(`@lmdb/lmdb-linux-${arch}/package.json`))
    : await fetched(`@lmdb/lmdb-linux-${arch}`, lockedIn(checkout, `@lmdb/lmdb-linux-${arch}`), cache);
  const node = isOwn ? ownNode() : await nodeOf(arch, cache);
  return {
    arch,
    ...node,
    addons: new Map([
      ['lmdb', join(lmdb, 'node.napi.glibc.node')],
      ['serialport', join(prebuilt, native)],
    ]),
  };
}

function ownNode(): Pick<Target, 'node' | 'nodeLicence'> {
  const prefix = dirname(dirname(process.execPath));
  const licences = ['LICENSE', 'share/doc/nodejs/LICENSE'].map((path) => join(prefix, path));
  const found = licences.find((file) => existsSync(file));
  return { node: process.execPath, nodeLicence: found === undefined ? undefined : readFileSync(found, 'utf8') };
}

async function nodeOf(arch: Arch, cache: string): Promise<Pick<Target, 'node' | 'nodeLicence'>> {
  const folder = await fetched(`node-linux-${arch}`, { version: process.versions.node }, cache);
  return { node: join(folder, 'bin', 'node'), nodeLicence: readFileSync(join(folder, 'LICENSE'), 'utf8') };
}

function lockedIn(checkout: string, name: string): Lock['packages'][string] {
  const { packages } = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as Lock;
  const locked = packages[`node_modules/${name}`];
  if (locked?.integrity === undefined) throw new Error(`package-lock.json does not name ${name}`);
  return locked;
}

/** Folder of a package that is not for this machine, from the npm registry or from before. */
async function fetched(name: string, wanted: { version: string; integrity?: string }, cache: string): Promise<string> {
  const folder = join(cache, `${name.replace(/^@.*\//, '')}-${wanted.version}`);
  if (existsSync(join(folder, 'package'))) return join(folder, 'package');
  mkdirSync(folder, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, `${name}@${wanted.version}`]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const archive = join(folder, filename);
  const hash = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (wanted.integrity !== undefined && hash !== wanted.integrity)
    throw new Error(`${archive} is not what the lockfile names`);
  await run('tar', ['-xzf', archive, '-C', folder]);
  return join(folder, 'package');
}
