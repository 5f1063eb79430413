import type { BrowsedServer, BrowsedTag } from './browse.ts';

const companionModels: readonly (readonly [string, string])[] = [
  ['http://opcfoundation.org/UA/PackML/', 'PackML'],
  ['http://opcfoundation.org/UA/Machinery/', 'Machinery (40001-1)'],
  ['http://opcfoundation.org/UA/MachineTool/', 'MachineTool (40501-1)'],
];

/** A source to paste into a configuration. */
export function browsedYaml(endpoint: string, server: BrowsedServer): string {
  const models = companionModels.filter(([uri]) => server.namespaces.includes(uri)).map(([, name]) => name);
  return [
    `# ${server.tags.length} tags of ${endpoint}${server.cut ? '; there are more, the server was not looked through to its end' : ''}`,
    ...(models.length === 0 ? [] : [`# companion models: ${models.join(', ')}`]),
    ...server.left.map(({ name, reason }) => `# left out: ${name}: ${reason}`),
    '- name: server',
    '  driver: opcua',
    `  endpoint: ${quoted(endpoint)}`,
    '  tags:',
    ...server.tags.map(
      (tag) =>
        `    - { ${keysOf(tag)
          .map(([key, value]) => `${key}: ${quoted(value)}`)
          .join(', ')} }`,
    ),
    '',
  ].join('\n');
}

/** A table `gongfu-edge import` reads. */
export function browsedCsv(server: BrowsedServer): string {
  const columns = ['name', 'nodeId', 'type', 'element', 'unit', 'description'] as const;
  const rows = server.tags.map((tag) => columns.map((column) => cell(tag[column])).join(','));
  return `\uFEFF${[columns.join(','), ...rows].join('\r\n')}\r\n`;
}

function keysOf({ name, nodeId, type, element, unit, description }: BrowsedTag): [string, string | number][] {
  return [
    ['name', name],
    ['nodeId', nodeId],
    ['type', type],
    ...(element === undefined ? [] : [['element', element] as [string, number]]),
    ...(unit === '' ? [] : [['unit', unit] as [string, string]]),
    ...(description === '' ? [] : [['description', description] as [string, string]]),
  ];
}

/** `${` would take a value from the environment. */
function quoted(value: string | number): string {
  return JSON.stringify(value).replaceAll('${', () => '$${');
}

/** A server chooses these texts: none of them may run as a formula. */
function cell(value: string | number | undefined): string {
  const text = String(value ?? '').replace(/^[=+\-@]/, "'$&");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
