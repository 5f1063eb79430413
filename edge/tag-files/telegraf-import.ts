import { nearestOf } from '@gongfu/shared/config/known-key';
import { invalidFile } from './csv-table.ts';
import { type ForeignFile, ForeignSection, warningsOf } from './foreign-section.ts';
import type { Imported, ImportedSource } from './imported.ts';
import { namedApart } from './source-names.ts';
import { telegrafModbus } from './telegraf-modbus.ts';
import { telegrafOpcua } from './telegraf-opcua.ts';
import { readToml } from './toml-tree.ts';

const readers = { modbus: telegrafModbus, opcua: telegrafOpcua, opcua_listener: telegrafOpcua } as const;
const known = Object.keys(readers);

export function isTelegraf(text: string): boolean {
  return /^\s*\[\[?\s*inputs\s*\./m.test(text);
}

/**
 * The sources in a configuration of Telegraf; `name` is for those that have none of their own.
 * @throws Problem `tag-file-invalid` when it is not readable, or no section of it can be carried over
 */
export function importTelegraf({ file, text, name }: { file: string; text: string; name: string }): Imported {
  const foreign: ForeignFile = { name: file, tree: readToml(file, text), warnings: [] };
  const root = new ForeignSection(foreign, [], foreign.tree.value);
  const agent = root.section('agent');
  const interval = agent.raw('interval');
  const inputs = root.section('inputs');
  const sources = Object.entries(readers).flatMap(([plugin, read]) =>
    inputs.sections(plugin).flatMap((section): ImportedSource[] => {
      const source = read(section, { name, interval });
      return source === undefined ? [] : [source];
    }),
  );
  const others = Object.fromEntries(inputs.keys().map((key) => [key, otherInput(key)]));
  inputs.rest(others);
  if (agent.keys().some((key) => key !== 'interval')) root.warn('agent', 'is not carried over, but for the interval');
  for (const kind of root.keys().filter((key) => key !== 'inputs' && key !== 'agent')) root.section(kind).rest();
  if (sources.length > 0) return { sources: namedApart(sources), warnings: warningsOf(foreign) };
  const none = { where: `${file}:1`, what: 'no section inputs.modbus or inputs.opcua has a tag to carry over' };
  throw invalidFile(file, [none, ...warningsOf(foreign)]);
}

function otherInput(plugin: string): string {
  const nearest = nearestOf(plugin, known);
  return `sources are read from ${known.join(', ')}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`;
}
