import { posix } from 'node:path';
import { expect } from 'chai';
import { type SourceFile, sourceFiles } from '../kit/source-tree.js';

/** The table of ARCHITECTURE.md as data. A room is the longest prefix that matches; what it may import, besides itself, are prefixes too. */
const law: readonly {
  readonly room: string;
  readonly may: readonly string[];
  readonly packages?: readonly string[];
}[] = [
  { room: 'shared/model', may: [], packages: [] },
  { room: 'shared/base', may: ['shared/model'], packages: [] },
  // For the two programs alone; the page in the browser has no folders.
  { room: 'shared/base/folder.ts', may: [], packages: ['node:fs', 'node:path'] },
  {
    room: 'shared/wire',
    may: ['shared/model', 'shared/base', 'shared/kpi/kpi-result.ts'],
    packages: ['node:url', 'protobufjs', 'zod'],
  },
  { room: 'shared/config', may: ['shared/model', 'shared/base'], packages: ['yaml', 'zod'] },
  { room: 'shared/kpi', may: ['shared/model', 'shared/base'], packages: ['temporal-polyfill'] },
  {
    room: 'shared/sdk',
    may: ['shared/model', 'shared/base', 'shared/wire', 'shared/kpi/kpi-result.ts'],
    packages: ['socket.io-client', 'zod'],
  },
  { room: 'edge/drivers/registry.ts', may: ['shared', 'edge/drivers/modbus/kind.ts', 'edge/drivers/opcua/kind.ts'] },
  { room: 'edge/drivers/modbus', may: ['shared'], packages: ['node:', 'modbus-serial', 'serialport', 'zod'] },
  { room: 'edge/drivers/opcua', may: ['shared'], packages: ['node:', 'node-opcua-client', 'zod'] },
  { room: 'edge/collector', may: ['shared'], packages: ['node:'] },
  { room: 'edge/buffer', may: ['shared'], packages: ['node:', 'lmdb'] },
  {
    room: 'edge/uplink',
    may: ['shared', 'edge/buffer/buffer.ts'],
    packages: ['node:', 'jose', 'socket.io-client', 'zod'],
  },
  {
    room: 'edge/health',
    may: ['shared', 'edge/buffer/buffer.ts', 'edge/collector/collector-types.ts'],
    packages: ['node:', 'prom-client'],
  },
  {
    room: 'edge/tag-files',
    may: ['shared', 'edge/config.ts', 'edge/source-config.ts', 'edge/tag-config.ts', 'edge/drivers/registry.ts'],
    packages: ['node:', 'csv-parse', 'csv-stringify', 'diff', 'toml-eslint-parser', 'yaml', 'zod'],
  },
  {
    room: 'edge',
    may: ['shared', 'edge/collector/collector-types.ts', 'edge/drivers/registry.ts'],
    packages: ['node:', 'commander', 'pino', 'zod'],
  },
  { room: 'cloud/web', may: ['shared'] },
  // A plugin has the rights of an outsider; `pluginOf` below keeps it in its own folder.
  { room: 'cloud/plugins', may: ['shared/sdk', 'shared/model'], packages: ['zod'] },
  {
    room: 'cloud/plugins/host',
    may: [
      'shared',
      'cloud/access/principal.ts',
      'cloud/access/scope.ts',
      'cloud/api/fields.ts',
      'cloud/api/route.ts',
      'cloud/assets/asset-catalogue.ts',
      'cloud/assets/sight.ts',
      'cloud/history/history-store.ts',
      'cloud/kpi/asset-source.ts',
      'cloud/kpi/kpi-engine.ts',
      'cloud/records/records.ts',
    ],
    packages: ['node:', 'semver', 'zod'],
  },
  { room: 'cloud/portal', may: ['shared', 'cloud/records/records.ts'], packages: ['node:'] },
  { room: 'cloud/records', may: ['shared'], packages: ['node:', 'mongoose', 'mingo', 'lmdb', 'bson'] },
  {
    room: 'cloud/history',
    may: ['shared', 'cloud/ingest/committed.ts', 'cloud/ingest/watermark.ts'],
    packages: ['node:', '@duckdb/node-api', '@influxdata/influxdb-client'],
  },
  {
    room: 'cloud/history/retention-schedule.ts',
    may: ['shared', 'cloud/history/retention.ts', 'cloud/access/audit-trail.ts', 'cloud/records/records.ts'],
    packages: [],
  },
  {
    room: 'cloud/ingest',
    may: ['shared', 'cloud/history/history-store.ts'],
    packages: ['node:'],
  },
  {
    room: 'cloud/migrate',
    may: [
      'shared',
      'cloud/history/history-store.ts',
      'cloud/history/movable-history.ts',
      'cloud/history/retention.ts',
      'cloud/records/records.ts',
    ],
    packages: ['node:'],
  },
  { room: 'cloud/exports', may: ['shared', 'cloud/history/history-store.ts'], packages: ['node:', 'yazl'] },
  {
    room: 'cloud/gateways',
    may: [
      'shared',
      'cloud/history/history-store.ts',
      'cloud/records/records.ts',
      'cloud/records/counter.ts',
      'cloud/access/audit-trail.ts',
      'cloud/access/standing.ts',
      'cloud/ingest/ingest.ts',
      'cloud/api/gateway-routes.ts',
    ],
    packages: ['node:', 'jose', 'socket.io', 'rate-limiter-flexible', 'zod'],
  },
  {
    room: 'cloud/assets',
    may: [
      'shared',
      'cloud/access/principal.ts',
      'cloud/access/scope.ts',
      'cloud/records/records.ts',
      'cloud/kpi/asset-source.ts',
    ],
    packages: ['node:', 'zod'],
  },
  {
    room: 'cloud/kpi',
    may: ['shared', 'cloud/history/history-store.ts', 'cloud/ingest/committed.ts'],
    packages: ['node:'],
  },
  {
    room: 'cloud/live',
    may: [
      'shared',
      'cloud/access/principal.ts',
      'cloud/history/history-store.ts',
      'cloud/ingest/committed.ts',
      'cloud/kpi/kpi-engine.ts',
    ],
    packages: ['node:', 'socket.io', 'zod'],
  },
  {
    room: 'cloud/backup',
    may: ['shared', 'cloud/history/history-backup.ts', 'cloud/records/records.ts'],
    packages: ['node:'],
  },
  { room: 'cloud/listening', may: ['shared'], packages: ['node:', 'ws'] },
  {
    room: 'cloud/doors',
    may: [
      'shared',
      'cloud/gateways/batch-receiver.ts',
      'cloud/gateways/presence.ts',
      'cloud/gateways/tag-catalogue.ts',
      'cloud/history/history-store.ts',
      'cloud/records/records.ts',
    ],
    packages: ['node:', 'rate-limiter-flexible'],
  },
  {
    room: 'cloud/webhooks',
    may: ['shared', 'cloud/history/history-store.ts', 'cloud/kpi/kpi-engine.ts', 'cloud/records/records.ts'],
    packages: ['node:', 'zod'],
  },
  {
    room: 'cloud/mqtt',
    may: ['shared', 'cloud/doors/row-door.ts'],
    packages: ['node:', 'lossless-json', 'mqtt', 'mqtt-packet', 'protobufjs', 'zod'],
  },
  {
    room: 'cloud/access',
    may: ['shared', 'cloud/records/records.ts', 'cloud/records/counter.ts'],
    packages: ['node:', '@node-rs/argon2', '@zxcvbn-ts', 'openid-client', 'otpauth', 'rate-limiter-flexible'],
  },
  {
    room: 'cloud/api',
    may: [
      'shared',
      'cloud/problems.ts',
      'cloud/access/principal.ts',
      'cloud/access/audit-trail.ts',
      'cloud/access/roles.ts',
      'cloud/access/scope.ts',
      'cloud/access/tenants.ts',
      'cloud/assets/asset-catalogue.ts',
      'cloud/assets/asset-editor.ts',
      'cloud/assets/asset-schema.ts',
      'cloud/assets/calendars.ts',
      'cloud/assets/calendar-schema.ts',
      'cloud/assets/sight.ts',
      'cloud/history/history-store.ts',
      'cloud/history/query-queue.ts',
      'cloud/doors/foreign-writes.ts',
      'cloud/doors/line-protocol.ts',
      'cloud/doors/line-slices.ts',
      'cloud/doors/row-door.ts',
      'cloud/mqtt/connection-status.ts',
      'cloud/mqtt/thingsboard.ts',
      'cloud/exports/sample-exports.ts',
      'cloud/ingest/gap-remainder.ts',
      'cloud/kpi/kpi-engine.ts',
      'cloud/plugins/host/plugin-directory.ts',
      'cloud/portal/portal-board.ts',
      'cloud/records/records.ts',
    ],
    packages: ['node:', 'express', 'helmet', 'express-static-gzip', 'zod', '@asteasolutions/zod-to-openapi'],
  },
  {
    room: 'cloud',
    may: [
      'cloud/mqtt/connection-status.ts',
      'cloud/mqtt/mqtt-config.ts',
      'cloud/webhooks/webhook-config.ts',
      'shared',
      'cloud/access/roles.ts',
      'cloud/history/retention.ts',
      'cloud/ingest/ingest-statistics.ts',
    ],
    packages: ['node:', 'commander', 'pino', 'prom-client', 'socket.io', 'zod'],
  },
  { room: 'deploy', may: ['shared', 'deploy', 'edge', 'cloud'] },
  { room: 'test', may: ['shared', 'edge', 'cloud', 'deploy', 'test'] },
];

/** Only the composition roots may reach everything of their program. */
const roots = [
  'edge/agent.ts',
  'edge/main.ts',
  'cloud/service.ts',
  'cloud/faces.ts',
  'cloud/identity-provider.ts',
  'cloud/main.ts',
  'cloud/stores.ts',
  'cloud/outward-events.ts',
];

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
