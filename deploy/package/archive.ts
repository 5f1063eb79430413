import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder as tar, of root whoever builds it, the same bytes from the same content. `xz` packs a third better and takes ten times as long. */
export async function tarOf(options: {
  folder: string;
  file: string;
  compression: 'gzip' | 'xz';
  /** Seconds since 1970. */
  time: number;
}): Promise<void> {
  const { folder, file, compression, time } = options;
  const owner = ['--owner=root:0', '--group=root:0', '--sort=name', `--mtime=@${time}`, '--format=gnu'];
  const program = compression === 'xz' ? 'xz -T0' : 'gzip -n';
  await run('tar', ['-C', folder, ...owner, `--use-compress-program=${program}`, '-cf', file, '.']);
}

/** An `ar` archive, of which a `.deb` is one: no other program is needed to make it. */
export function writeAr(
  file: string,
  members: readonly { name: string; content: Buffer | string }[],
  time: number,
): void {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const { name, content } of members) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const field = (value: string | number, width: number) => String(value).padEnd(width);
    const header = `${field(name, 16)}${field(time, 12)}${field(0, 6)}${field(0, 6)}${field('100644', 8)}${field(bytes.length, 10)}\`\n`;
    parts.push(Buffer.from(header, 'latin1'), bytes);
    if (bytes.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  writeFileSync(file, Buffer.concat(parts));
}

/** Highest version of the C library that machine code asks for, as `2.28`. */
export function libcOf(files: readonly string[]): string {
  const versions = files.flatMap(
    (file) =>
      readFileSync(file)
        .toString('latin1')
        .match(/GLIBC_2\.\d+/g) ?? [],
  );
  const newest = Math.max(17, ...versions.map((version) => Number(version.slice('GLIBC_2.'.length))));
  return `2.${newest}`;
}
