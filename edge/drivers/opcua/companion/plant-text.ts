import { machineComments, quoted, roleOf } from '../browse-text.ts';
import type { ProposedMachine } from './proposal.ts';

/**
 * State mappings and assets for the plant model of the cloud, one work unit for each machine; `gateway` is the name of the
 * gateway that reads the server.
 */
export function plantYaml(endpoint: string, gateway: string, machines: readonly ProposedMachine[]): string {
  if (machines.length === 0) {
    return `# ${endpoint} has nothing of PackML, Machinery (40001-1) or MachineTool (40501-1) that would tell a machine\n`;
  }
  const mappings = new Map<string, string>();
  const ids = new Set<string>();
  const assets = machines.flatMap((machine) => assetLines(machine, gateway, unusedId(machine, ids), mappings));
  return [
    `# Proposed from ${endpoint}, for the plant file of the cloud: the state mappings into its stateMappings, the assets below their`,
    '# line. Names of sources and tags are those of the source that browse proposes without --format plant: rename both or none.',
    '# What a state means for your plant, you decide: these are proposals.',
    ...(mappings.size === 0 ? [] : ['stateMappings:']),
    ...[...mappings].flatMap(([states, id]) => [`  - id: ${id}`, '    states:', states]),
    'assets:',
    ...assets,
    '',
  ].join('\n');
}

function assetLines(machine: ProposedMachine, gateway: string, id: string, mappings: Map<string, string>): string[] {
  const name = quoted(nameOf(machine));
  const states = machine.states
    .map(({ value, state, cause }) => {
      const because = cause.en === '' ? '' : `, cause: { zh: ${quoted(cause.zh)}, en: ${quoted(cause.en)} }`;
      return `      - { value: ${quoted(value)}, state: ${state}${because} }`;
    })
    .join('\n');
  if (states !== '' && !mappings.has(states)) mappings.set(states, `${id.slice(0, 57)}-states`);
  const { plannedCycleMs } = machine;
  return [
    ...machineComments(machine).map((line) => `  ${line}`),
    `  - id: ${id}`,
    '    level: work-unit',
    `    name: { zh: ${name}, en: ${name} }`,
    `    gateway: ${quoted(gateway)}`,
    ...(states === '' ? [] : [`    stateMapping: ${mappings.get(states)}`]),
    ...(plannedCycleMs === undefined
      ? []
      : [`    # plannedCycle: ${plannedCycleMs}ms  # at the design speed of PackML Admin; without it there is no OEE`]),
    ...(machine.signals.length === 0 ? [] : ['    signals:']),
    ...machine.signals.map((signal) => {
      const { role, source, tag, rolloverAt } = signal;
      const rollover = rolloverAt === undefined ? '' : `, rolloverAt: ${rolloverAt}`;
      const why = role === 'signal' ? '' : ` # ${roleOf(signal)}`.replace(/\p{Cc}+/gu, ' ');
      return `      - { role: ${role}, source: ${source}, tag: ${quoted(tag)}${rollover} }${why}`;
    }),
  ];
}

/** What it is called, and what it is. */
function nameOf({ name, manufacturer, model, serialNumber }: ProposedMachine): string {
  const plate = [manufacturer, model, serialNumber].filter((text) => text !== '').join(' ');
  return (plate === '' ? name : `${name} (${plate})`).slice(0, 200);
}

/** Lower-case letters, digits and hyphens; of a name in another script its serial number, or a number. */
function unusedId({ name, serialNumber }: ProposedMachine, ids: Set<string>): string {
  const slugs = [name, serialNumber].map((text) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 55),
  );
  const base = slugs.find((slug) => slug !== '') ?? 'machine';
  let id = base;
  for (let count = 2; ids.has(id); count += 1) id = `${base}-${count}`;
  ids.add(id);
  return id;
}
