import { invalidFile } from './csv-table.ts';
import { type ForeignFile, ForeignSection, warningsOf } from './foreign-section.ts';
import type { Imported, ImportedSource } from './imported.ts';
import { readJson } from './json-tree.ts';
import { namedApart } from './source-names.ts';
import { thingsboardModbus } from './thingsboard-modbus.ts';
import { thingsboardOpcua } from './thingsboard-opcua.ts';

export function isThingsboard(text: string): boolean {
  return /^\s*\{/.test(text);
}

const reasons = { slave: 'this is what the gateway itself serves to others; nothing is read from it' };

/**
 * The sources in the file of a Modbus or OPC UA connector of the ThingsBoard IoT Gateway, of the form of today or of the
 * older one with `server.devices`; `name` is for those that have none of their own.
 * @throws Problem `tag-file-invalid` when it is not readable, or nothing of it can be carried over
 */
export function importThingsboard({ file, text, name }: { file: string; text: string; name: string }): Imported {
  const foreign: ForeignFile = { name: file, tree: readJson(file, text), warnings: [], literal: true };
  const root = new ForeignSection(foreign, [], foreign.tree.value);
  const server = root.section('server');
  const found = server.has('url')
    ? [thingsboardOpcua(root, server, name)]
    : [
        ...root
          .section('master')
          .sections('slaves')
          .map((slave) => thingsboardModbus(slave, undefined, name)),
        ...server.sections('devices').map((device) => thingsboardModbus(device, server, name)),
      ];
  // Of the older form the devices have read what they need.
  server.rest();
  root.rest(reasons);
  const sources = found.filter((source): source is ImportedSource => source !== undefined);
  if (sources.length > 0) return { sources: namedApart(sources), warnings: warningsOf(foreign) };
  const none = 'no connector of Modbus (master.slaves, server.devices) or OPC UA (server.url) has a tag to carry over';
  throw invalidFile(file, [{ where: `${file}:1`, what: none }, ...warningsOf(foreign)]);
}
