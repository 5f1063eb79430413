import { posix } from 'node:path';
import { expect } from 'chai';
import { type SourceFile, sourceFiles } from '../kit/source-tree.js';
import { roots } from './composition-roots.js';
import { law } from './room-law.js';

interface Import {
  readonly from: string;
  readonly target: string;
  readonly isPackage: boolean;
}

function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const match of file.text.matchAll(
    /(?:^|[\s;])(?:import|export)\s[^'";]*?from\s*'([^']+)'|import\s*\(?\s*'([^']+)'/g,
  )) {
    const written = match[1] ?? match[2] ?? '';
    if (written.startsWith('.')) {
      found.push({ from: file.path, target: posix.join(posix.dirname(file.path), written), isPackage: false });
    } else if (written.startsWith('@gongfu/shared/')) {
      found.push({ from: file.path, target: `${written.slice('@gongfu/'.length)}.ts`, isPackage: false });
    } else if (written.startsWith('#')) {
      found.push({ from: file.path, target: `${written.slice(1)}.ts`, isPackage: false });
    } else {
      found.push({ from: file.path, target: written, isPackage: true });
    }
  }
  return found;
}

const under = (path: string, prefix: string) => path === prefix || path.startsWith(`${prefix}/`);

function roomOf(path: string) {
  return law.filter(({ room }) => under(path, room)).sort((a, b) => b.room.length - a.room.length)[0];
}

/** The folder of a plugin; undefined outside of all of them. */
function pluginOf(path: string): string | undefined {
  return /^cloud\/plugins\/(?!host\/)([^/]+)\//.exec(path)?.[1];
}

function breachOf({ from, target, isPackage }: Import): string | undefined {
  const room = roomOf(from);
  if (room === undefined) return `${from} stands in no room`;
  if (isPackage) {
    const { packages } = room;
    const allowed =
      packages === undefined ||
      packages.some((name) => (name === 'node:' ? target.startsWith(name) : under(target, name)));
    return allowed ? undefined : `${from} imports the package ${target}`;
  }
  if (under(target, room.room) && roomOf(target)?.room === room.room && pluginOf(target) === pluginOf(from)) {
    return undefined;
  }
  const program = from.split('/')[0] ?? '';
  const whole = roots.includes(from) ? [program] : [];
  if ([...room.may, ...whole].some((prefix) => under(target, prefix))) return undefined;
  return `${from} imports ${target}`;
}

describe('tidy: import law', () => {
  const files = sourceFiles();
  const imports = files.flatMap(importsOf);

  it('scans the whole project', () => {
    expect(files.length).to.be.greaterThan(80);
    expect(imports.length).to.be.greaterThan(250);
  });

  it('every import is allowed by the table of ARCHITECTURE.md', () => {
    expect(imports.map(breachOf).filter((breach) => breach !== undefined)).to.deep.equal([]);
  });

  it('finds planted breaches', () => {
    const planted: SourceFile[] = [
      { path: 'edge/collector/x.ts', text: "import { a } from '../buffer/lmdb-buffer.ts';" },
      { path: 'cloud/api/x.ts', text: "import type { b } from 'mongoose';" },
      { path: 'cloud/web/x.tsx', text: "import { c } from '../api/route.ts';" },
      { path: 'cloud/plugins/a/x.ts', text: "import { e } from '../b/x.ts';" },
      { path: 'cloud/plugins/a/x.ts', text: "import { f } from '../host/plugin-store.ts';" },
      { path: 'cloud/plugins/a/x.ts', text: "import { g } from '@gongfu/shared/base/clock';" },
      { path: 'shared/model/x.ts', text: "export { d } from '../base/clock.ts';" },
    ];
    expect(
      planted
        .flatMap(importsOf)
        .map(breachOf)
        .filter((breach) => breach === undefined),
    ).to.deep.equal([]);
  });

  it('there is no cycle, of values or of types', () => {
    const graph = new Map<string, string[]>();
    for (const { from, target, isPackage } of imports) {
      if (!isPackage) graph.set(from, [...(graph.get(from) ?? []), target]);
    }
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      else if (!done.has(path)) {
        for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
        done.add(path);
      }
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).to.deep.equal([]);
  });
});
