import type { BrowsedServer } from './browse.ts';
import type { BrowsedTag } from './browsed-tag.ts';
import { companionModels } from './companion/models.ts';
import type { ProposedMachine, ProposedSignal } from './companion/proposal.ts';

/** A source to paste into a configuration, and one of derived tags where the state of a machine is told by several variables. */
export function browsedYaml(endpoint: string, server: BrowsedServer): string {
  const models = companionModels.filter(([uri]) => server.namespaces.includes(uri)).map(([, name]) => name);
  const roles = rolesOf(server.machines);
  const derived = server.machines.flatMap((machine) => machine.derived);
  return [
    `# ${server.tags.length} tags of ${endpoint}${server.cut ? '; there are more, the server was not looked through to its end' : ''}`,
    ...(models.length === 0 ? [] : [`# companion models: ${models.join(', ')}`]),
    ...server.machines.flatMap(machineComments),
    ...(server.machines.length === 0
      ? []
      : ['# assets, state mappings and counts for the plant model of the cloud: the same command with --format plant']),
    ...server.left.map(({ name, reason }) => `# left out: ${name}: ${reason}`),
    '- name: server',
    '  driver: opcua',
    `  endpoint: ${quoted(endpoint)}`,
    '  tags:',
    ...server.tags.map((tag) => {
      const keys = keysOf(tag).map(([key, value]) => `${key}: ${value}`);
      const role = roles.get(tag.name);
      return `    - { ${keys.join(', ')} }${role === undefined ? '' : ` # ${role}`}`;
    }),
    ...(derived.length === 0 ? [] : ['- name: machines', '  driver: derived', '  tags:']),
    ...derived.map(({ name, type, expression }) => {
      return `    - { name: ${quoted(name)}, type: ${type}, expression: ${quoted(expression)} }`;
    }),
    '',
  ].join('\n');
}

/** What a machine is and why it is taken for it, as comments. */
export function machineComments(machine: ProposedMachine): string[] {
  return [
    `# machine ${machine.path}${plateOf(machine)}`,
    ...machine.evidence.map((each) => `#   ${each}`),
    ...machine.components.map((component) => `#   component ${component.path}${plateOf(component)}`),
  ].map((line) => line.replace(/\p{Cc}+/gu, ' '));
}

function plateOf({
  manufacturer,
  model,
  serialNumber,
}: Pick<ProposedMachine, 'manufacturer' | 'model' | 'serialNumber'>): string {
  const said = [
    manufacturer && `manufacturer ${manufacturer}`,
    model && `model ${model}`,
    serialNumber && `serial number ${serialNumber}`,
  ].filter((text) => text !== '');
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

/** A table `gongfu-edge import` reads. */
export function browsedCsv(server: BrowsedServer): string {
  const roles = rolesOf(server.machines);
  const has = (key: 'field' | 'range'): boolean => server.tags.some((tag) => tag[key] !== undefined);
  const columns = [
    ...(['name', 'nodeId', 'type', 'element'] as const),
    ...(['field', 'range'] as const).filter(has),
    ...(['unit', 'description'] as const),
  ];
  const rows = server.tags.map((tag) => {
    const cells = { ...tag, range: rangeOf(tag), description: tag.description || (roles.get(tag.name) ?? '') };
    return columns.map((column) => cell(cells[column])).join(',');
  });
  return `\uFEFF${[columns.join(','), ...rows].join('\r\n')}\r\n`;
}

/** What tags of the server are proposed as, by their names. */
function rolesOf(machines: readonly ProposedMachine[]): Map<string, string> {
  return new Map(
    machines.flatMap((machine) =>
      machine.signals
        .filter(({ source }) => source === 'server')
        .map((signal): [string, string] => [
          signal.tag,
          `${machine.name}, ${roleOf(signal)}`.replace(/\p{Cc}+/gu, ' '),
        ]),
    ),
  );
}

export function roleOf({ role, evidence }: ProposedSignal): string {
  return role === 'signal' ? evidence || 'signal' : `${role}: ${evidence}`;
}

/** Keys of a tag with their values as YAML writes them. */
function keysOf(tag: BrowsedTag): [string, string][] {
  const { name, nodeId, type, element, field, unit, description } = tag;
  const range = rangeOf(tag);
  return [
    ['name', quoted(name)],
    ['nodeId', quoted(nodeId)],
    ['type', quoted(type)],
    ...(element === undefined ? [] : [['element', quoted(element)] as [string, string]]),
    ...(field === undefined ? [] : [['field', quoted(field)] as [string, string]]),
    ...(unit === '' ? [] : [['unit', quoted(unit)] as [string, string]]),
    ...(range === undefined ? [] : [['range', range] as [string, string]]),
    ...(description === '' ? [] : [['description', quoted(description)] as [string, string]]),
  ];
}

/** What is usual is not what is possible: values beyond it are kept, as uncertain. */
function rangeOf({ range }: BrowsedTag): string | undefined {
  return range && JSON.stringify({ ...range, outside: 'keep' });
}

/** `${` would take a value from the environment. */
export function quoted(value: string | number | boolean): string {
  return JSON.stringify(value).replaceAll('${', () => '$${');
}

/** A server chooses these texts: none of them may run as a formula. */
function cell(value: string | number | undefined): string {
  const text = String(value ?? '').replace(/^[=+\-@]/, "'$&");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
