import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { libcOf, tarOf, writeAr } from './archive.ts';
import { debianArch, type Target } from './target.ts';

const program = '/usr/lib/gongfu-edge/gongfu-edge';
const scripts = ['postinst', 'prerm', 'postrm'];
const conffiles = ['/etc/gongfu/edge.yaml'];

/** Makes the `.deb` of the gateway without root; Node is inside, nothing of npm is needed where it is installed. */
export async function makeDeb(options: {
  checkout: string;
  target: Target;
  version: string;
  executable: string;
  notices: string;
  file: string;
  compression: 'gzip' | 'xz';
  /** Seconds since 1970, of all files. */
  time: number;
}): Promise<void> {
  const { checkout, target, version, executable, notices, file, compression, time } = options;
  const work = mkdtempSync(join(tmpdir(), 'gongfu-deb-'));
  try {
    const tree = join(work, 'tree');
    const control = join(work, 'control');
    fillTree(tree, { checkout, target, executable, notices });
    fillControl(control, tree, { checkout, target, version, executable });
    const tars = [
      { folder: control, name: 'control.tar.gz', compression: 'gzip' as const },
      { folder: tree, name: compression === 'xz' ? 'data.tar.xz' : 'data.tar.gz', compression },
    ];
    for (const tar of tars) await tarOf({ ...tar, file: join(work, tar.name), time });
    const members = tars.map(({ name }) => ({ name, content: readFileSync(join(work, name)) }));
    writeAr(file, [{ name: 'debian-binary', content: '2.0\n' }, ...members], time);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The unit of the checkout, with the executable in the place of Node and the program. */
export function unitOf(checkout: string): string {
  const unit = readFileSync(join(checkout, 'deploy/systemd/gongfu-edge.service'), 'utf8');
  return unit
    .replaceAll('/usr/bin/node /opt/gongfu/edge/bin/gongfu-edge.js', program)
    .replace(
      /^# The checkout or .*\n# In edge\.yaml: .*\n/m,
      '# Settings in /etc/gongfu/edge.yaml, secrets in /etc/gongfu/edge.env or given by LoadCredential.\n',
    );
}

function fillTree(
  tree: string,
  { checkout, target, executable, notices }: { checkout: string; target: Target; executable: string; notices: string },
): void {
  const own = join(checkout, 'deploy/package/debian');
  const put = (path: string, content: string | Buffer) => {
    makeFolder(tree, dirname(path));
    writeFileSync(join(tree, path), content);
    chmodSync(join(tree, path), 0o644);
  };
  makeFolder(tree, dirname(program));
  copyFileSync(executable, join(tree, program));
  chmodSync(join(tree, program), 0o755);
  for (const [name, addon] of target.addons) put(join(dirname(program), `${name}.node`), readFileSync(addon));
  makeFolder(tree, '/usr/bin');
  symlinkSync('../lib/gongfu-edge/gongfu-edge', join(tree, 'usr/bin/gongfu-edge'));
  put('/usr/lib/systemd/system/gongfu-edge.service', unitOf(checkout));
  put('/etc/gongfu/edge.yaml', readFileSync(join(own, 'edge.yaml')));
  const documents = '/usr/share/doc/gongfu-edge';
  put(join(documents, 'copyright'), notices);
  put(join(documents, 'changelog.gz'), gzipSync(readFileSync(join(checkout, 'CHANGELOG.md')), { level: 9 }));
  for (const name of ['edge-config.md', 'install-edge.md', 'problems.md'])
    put(join(documents, name), readFileSync(join(checkout, 'deploy/docs', name)));
}

function fillControl(
  control: string,
  tree: string,
  { checkout, target, version, executable }: { checkout: string; target: Target; version: string; executable: string },
): void {
  mkdirSync(control);
  const files = filesOf(tree);
  const installed = files.reduce((sum, path) => sum + Math.ceil(statSync(join(tree, path)).size / 1024), 0);
  const libc = libcOf([executable, ...target.addons.values()]);
  const lines = [
    'Package: gongfu-edge',
    `Version: ${version}`,
    `Architecture: ${debianArch[target.arch]}`,
    'Maintainer: Gongfu maintainers <maintainers@gongfu.invalid>',
    `Installed-Size: ${installed}`,
    `Depends: libc6 (>= ${libc}), libstdc++6, libgcc-s1`,
    'Recommends: ca-certificates, systemd',
    'Section: net',
    'Priority: optional',
    'Description: industrial gateway: PLCs and OPC UA servers to the Gongfu cloud',
    ' Reads Modbus and OPC UA, keeps every sample on disk until the cloud has it, and',
    ' delivers each exactly once. Node.js is inside; nothing else is needed.',
  ];
  const texts: Record<string, string> = {
    control: lines.join('\n'),
    conffiles: conffiles.join('\n'),
    md5sums: files
      .filter((path) => !conffiles.includes(`/${path}`))
      .map(
        (path) =>
          `${createHash('md5')
            .update(readFileSync(join(tree, path)))
            .digest('hex')}  ${path}`,
      )
      .join('\n'),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(control, name), `${text}\n`, { mode: 0o644 });
  for (const name of scripts) {
    copyFileSync(join(checkout, 'deploy/package/debian', name), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  chmodSync(control, 0o755);
}

/** Regular files, relative, sorted. */
function filesOf(tree: string): string[] {
  return readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1))
    .sort();
}

/** For everybody to read, whatever the umask of who builds. */
function makeFolder(tree: string, path: string): void {
  let folder = tree;
  for (const part of ['', ...path.split('/').filter((name) => name !== '')]) {
    folder = join(folder, part);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
  }
}
