import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Problem } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import fc from 'fast-check';
import { readEdgeConfig } from '#edge/config';
import type { ModbusSource } from '#edge/drivers/modbus/config';
import type { PlannedTag } from '#edge/drivers/modbus/plan';
import { importTags } from '#edge/tag-files/import-tags';
import { temporaryFolder } from '../../kit/folders.ts';
import { builtServer, withoutServer } from '../../kit/servers/server-process.ts';
import { DriverBench } from '../drivers/modbus/driver-bench.ts';
import { frameOf, RawServer, type WireRequest } from '../drivers/modbus/raw-server.ts';
import { lettersFrom, telegrafStyles } from './telegraf-styles.ts';

interface Options {
  readonly source?: string;
  readonly config?: string;
}

function imported(text: string, { source, config }: Options = {}) {
  return importTags({
    file: 'telegraf.conf',
    bytes: new TextEncoder().encode(text),
    driver: undefined,
    source,
    config: config === undefined ? undefined : { file: 'edge.yaml', text: config, env: {} },
  });
}

/** The sources as the program would read them. */
function sourcesOf(text: string, options?: Options) {
  const { shown, merged } = imported(text, options);
  return readEdgeConfig('e', merged ?? `gateway: { name: g }\nbuffer: { path: b }\n${shown}`, {
    HOST: 'host',
    ENDPOINT: 'opc.tcp://host:4840',
  }).sources;
}

const head = (port: number, style: string) => `
[agent]
  interval = "500ms"
[[inputs.modbus]]
  name = "press"
  controller = "tcp://127.0.0.1:${port}"
  slave_id = 3
  timeout = "2s"
  configuration_type = "${style}"
`;

describe('tags out of a configuration of Telegraf', () => {
  describe('inputs.modbus', () => {
    const server = new RawServer();
    let folder: string;
    let remove: () => void;

    before(async () => {
      ({ folder, remove } = temporaryFolder());
      server.answer = (request, socket) => socket.write(plc(request));
      await server.start();
    });
    after(async () => {
      await server.stop();
      remove();
    });

    for (const [style, sections] of Object.entries(telegrafStyles)) {
      it(`of the style ${style}: we read what Telegraf itself reads`, async function () {
        this.timeout(60_000);
        const program = builtServer('telegraf-1.37.2/telegraf');
        if (program === undefined) return withoutServer(this, 'Telegraf', 'nothing else: it is to be run here');
        const file = join(folder, `${style}.conf`);
        await fc.assert(
          fc.asyncProperty(sections, async (section) => {
            const text = head(server.port, style) + section;
            writeFileSync(file, text);
            const { stdout } = await promisify(execFile)(program, ['--config', file, '--test']);
            const theirs = valuesOf(stdout);
            const [source] = sourcesOf(text);
            expect(source).to.include({ name: 'press', driver: 'modbus' });
            const ours = await readBy(source!.settings as ModbusSource, source!.tags as unknown as PlannedTag[]);
            expect([...theirs.keys()].filter((place) => !ours.has(place))).to.deep.equal([]);
            for (const [place, value] of ours) compare(place, value, theirs.get(place), style === 'register');
          }),
          { numRuns: 8 },
        );
      });
    }

    it('keeps line, interval, time-out and the unit most tags have', () => {
      const [source] = sourcesOf(
        `${head(1502, 'request')}  [[inputs.modbus.request]]
    slave_id = 7
    fields = [{ address=1, name="a", type="INT16" }]
`.replace('slave_id = 3', ''),
      );
      expect(source!.settings).to.include({ host: '127.0.0.1', port: 1502, unitId: 7, timeout: 2000 });
      expect(source!.tags[0]).to.deep.include({ name: 'a', intervalMs: 500 });
      expect(source!.tags[0]).not.to.have.property('unitId');
    });

    it('warns of whatever it does not carry over, with the line, and leaves out only the tags nobody can read', () => {
      const text = `[agent]
  interval = "10s"
  hostname = "h"
[[outputs.file]]
  files = ["stdout"]
[[inputs.cpu]]
[[inputs.modbus]]
  name = "press"
  controller = "udp://h:502"
  transmission_mode = "RTUoverTCP"
  busy_retries = 3
  configuration_type = "request"
  [[inputs.modbus.request]]
    slave_id = 1
    register = "holding"
    optimization = "shrink"
    fields = [
      { address = 1, name = "good", type = "INT16", scale = 0.1, output = "INT64" },
      { address = 2, name = "odd", type = "COMPLEX" },
      { address = 4, name = "text", type = "STRING", length = 3, colour = "red" },
    ]
    [inputs.modbus.request.tags]
      machine = "x"
  [inputs.modbus.workarounds]
    string_register_location = "lower"
    pause_after_connect = "1s"
`;
      const { shown, warnings } = imported(text);
      expect(shown)
        .to.contain('host: ${HOST}')
        .and.contain('{ name: good, address: holding:1, type: int16, scale: 0.1 }');
      expect(shown).not.to.match(/odd|text/);
      expectWarnings(warnings, [
        '1 agent  is not carried over, but for the interval',
        '4 outputs.file  is not carried over',
        '6 inputs.cpu  is not carried over: sources are read from modbus, opcua, opcua_listener',
        '9 inputs.modbus[0].controller  is not carried over: write host and port, or a serial line',
        '11 inputs.modbus[0].busy_retries  is not carried over',
        '16 inputs.modbus[0].request[0].optimization  is not carried over: the gateway plans its requests itself',
        '18 inputs.modbus[0].request[0].fields[0]  Telegraf cuts the value to a whole number; here it keeps its fraction',
        '19 inputs.modbus[0].request[0].fields[1].type  the tag is left out: must be bool, int8, uint8',
        '20 inputs.modbus[0].request[0].fields[2]  the tag is left out: a string in the lower bytes of its registers only',
        '20 inputs.modbus[0].request[0].fields[2].colour  is not carried over',
        '22 inputs.modbus[0].request[0].tags  is not carried over: a tag has no labels of its own here',
        '26 inputs.modbus[0].workarounds.pause_after_connect  is not carried over',
      ]);
    });

    it('says what is wrong with a file that is no TOML, or has nothing to carry over', () => {
      const placesOf = (text: string) => {
        try {
          imported(text);
        } catch (error) {
          return (error as Problem).places.map(({ where }) => where);
        }
        return [];
      };
      expect(placesOf('[[inputs.modbus]]\nname = press\n')).to.deep.equal(['telegraf.conf:2']);
      expect(placesOf('[[inputs.cpu]]\n')[0]).to.equal('telegraf.conf:1');
      expect(placesOf('[[inputs.modbus]]\ncontroller = "tcp://h:502"\n')).to.have.length.greaterThan(1);
    });

    it('into a source that is there: each tag says what the source says otherwise', () => {
      const config = `gateway: { name: g }
buffer: { path: b }
sources:
  - { name: press, driver: modbus, host: 10.0.0.5, unitId: 9, byteOrder: CDAB, tags: [{ name: x, address: 40001, type: int16 }] }
`;
      const text = `${head(502, 'metric')}  [[inputs.modbus.metric]]
    slave_id = 3
    fields = [{ address=1, name="a", type="INT32" }]
`;
      const [source] = sourcesOf(text, { config });
      expect(source!.settings).to.include({ host: '10.0.0.5', unitId: 9 });
      expect(source!.tags[1]).to.deep.include({ name: 'a', unitId: 3, byteOrder: 'ABCD' });
      const { warnings } = imported(text, { config });
      expect(warnings.map(({ where }) => where)).to.include('edge.yaml press.host');
    });

    it('tags of one name are told apart, and so are sources', () => {
      const request = (unitId: number, register: string) => `  [[inputs.modbus.request]]
    slave_id = ${unitId}
    register = "${register}"
    fields = [{ address=1, name="a", type="INT16" }]
`;
      const one = head(502, 'request') + request(1, 'holding') + request(2, 'holding') + request(1, 'input');
      expect(sourcesOf(one)[0]!.tags.map(({ name }) => name)).to.deep.equal([
        'unit-1.holding.a',
        'unit-2.holding.a',
        'input.a',
      ]);
      const labelled =
        head(502, 'request') +
        ['left', 'right']
          .map(
            (side) => `${request(1, 'holding')}    [inputs.modbus.request.tags]
      side = "${side}"
`,
          )
          .join('');
      expect(sourcesOf(labelled)[0]!.tags.map(({ name }) => name)).to.deep.equal(['left.a', 'right.a']);
      const two = one + head(502, 'request').replace(/\[agent\]\n.*\n/, '') + request(1, 'holding');
      expect(sourcesOf(two).map(({ name }) => name)).to.deep.equal(['press', 'press-2']);
      expect(sourcesOf(two, { source: 'press-2' }).map(({ tags }) => tags.length)).to.deep.equal([1]);
      expect(() => imported(two, { source: 'saw' })).to.throw(/none named "saw"/);
      expect(sourcesOf(one, { source: 'saw' })[0]!.name).to.equal('saw');
    });
  });

  it('inputs.opcua: node ids, groups, monitoring; types are a guess that is told', () => {
    const text = `[[inputs.opcua_listener]]
  name = "robot"
  endpoint = "opc.tcp://10.0.0.9:4840"
  security_policy = "Basic256Sha256"
  security_mode = "Sign"
  auth_method = "UserName"
  username = "u"
  password = "p"
  subscription_interval = "100ms"
  session_timeout = "20m"
  nodes = [
    { name="state", namespace="2", identifier_type="s", identifier="Robot.State" },
    { name="odd", namespace="2", identifier_type="q", identifier="x" },
  ]
  [[inputs.opcua_listener.group]]
    name = "joints"
    namespace_uri = "http://v/a;b%"
    identifier_type = "i"
    nodes = [{ name="state", identifier="17", default_tags={ a="b" } }]
  [[inputs.opcua_listener.group]]
    namespace = "3"
    sampling_interval = "250ms"
    [[inputs.opcua_listener.group.nodes]]
      name = "speed"
      identifier_type = "s"
      identifier = "Speed"
      [inputs.opcua_listener.group.nodes.monitoring_params]
        sampling_interval = "50ms"
        queue_size = 10
        discard_oldest = false
        [inputs.opcua_listener.group.nodes.monitoring_params.data_change_filter]
          trigger = "StatusValueTimestamp"
          deadband_type = "Percent"
          deadband_value = 2.5
`;
    const [source] = sourcesOf(text);
    expect(source!.settings).to.include({
      endpoint: 'opc.tcp://10.0.0.9:4840',
      securityPolicy: 'Basic256Sha256',
      securityMode: 'Sign',
      user: 'u',
      password: 'p',
      sessionTimeout: 1_200_000,
    });
    const tags = source!.tags as unknown as Record<string, unknown>[];
    expect(tags.map(({ name, nodeId }) => [name, nodeId])).to.deep.equal([
      ['state ns=2;s=Robot.State', 'ns=2;s=Robot.State'],
      ['joints.state', 'nsu=http://v/a%3Bb%25;i=17'],
      ['speed', 'ns=3;s=Speed'],
    ]);
    expect(tags[2]).to.include({ type: 'float64', samplingInterval: 50, queueSize: 10, discardOldest: false });
    expect(tags[2]).to.include({ trigger: 'time', serverDeadband: '2.5%', intervalMs: 100 });
    expectWarnings(imported(text).warnings, [
      '1 inputs.opcua_listener[0]  types are not said here: every tag is taken for float64',
      '13 inputs.opcua_listener[0].nodes[1].identifier  the tag is left out: this is not an OPC UA node id',
      '19 inputs.opcua_listener[0].group[0].nodes[0].default_tags  is not carried over: a tag has no labels',
    ]);
  });
});

/** Each warning begins as told, in this order. */
function expectWarnings(warnings: readonly { where: string; what: string }[], begins: readonly string[]): void {
  const lines = warnings.map(({ where, what }) => `${where}  ${what}`.replace(/^[^:]*:/, ''));
  expect(lines.map((line, place) => line.slice(0, begins[place]?.length))).to.deep.equal(begins);
}

/** Every unit and area has other values; registers from `lettersFrom` on hold letters, for texts. */
function plc(request: WireRequest): Buffer {
  const { functionCode, start, count, unitId } = request;
  const noise = (at: number) => Math.imul(at + 1, 0x9e3779b1) ^ Math.imul(unitId * 8 + functionCode, 0x85ebca6b);
  const word = (at: number) => (Math.imul(noise(at) ^ (noise(at) >>> 15), 0x2c1b3c6d) >>> 12) & 0xffff;
  const bytes = Buffer.alloc(functionCode <= 2 ? Math.ceil(count / 8) : count * 2);
  for (let i = 0; i < count; i += 1) {
    const at = start + i;
    if (functionCode <= 2) bytes[i >> 3]! |= (word(at) & 1) << (i & 7);
    else bytes.writeUInt16BE(at < lettersFrom ? word(at) : 0x4142 + (at % 20) * 0x0101, i * 2);
  }
  return frameOf(request, bytes);
}

type Value = number | bigint | boolean | string | null;

/** `unit area name` → value, out of line protocol. */
function valuesOf(output: string): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const [, series, fields] of output.matchAll(/^> (\S+) (.*) \d+$/gm)) {
    const measurement = series!.split(',')[0]!;
    const tag = (key: string) => new RegExp(`,${key}=([^,]+)`).exec(series!)![1]!;
    const area = tag('type').replace(/_register$|_input$/, '');
    for (const [, name, text] of fields!.matchAll(/([^=,]+)=("[^"]*"|[^,]+)/g)) {
      const label = measurement === 'modbus' ? name : `${measurement}.${name}`;
      values.set(`${tag('slave_id')} ${area} ${label}`, fieldValue(text!));
    }
  }
  return values;
}

function fieldValue(text: string): Value {
  if (text.startsWith('"')) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return /[iu]$/.test(text) ? BigInt(text.slice(0, -1)) : Number(text);
}

async function readBy(settings: ModbusSource, tags: readonly PlannedTag[]): Promise<Map<string, Value>> {
  const numbered = tags.map((tag, place) => ({ ...tag, number: place + 1 }));
  const bench = new DriverBench(settings.port, numbered, { unitId: settings.unitId, byteOrder: settings.byteOrder });
  await bench.driver.start();
  try {
    await Promise.all(bench.driver.groups.map((group) => bench.driver.poll(group)));
    return new Map(
      bench.writer.take().map(({ tag: number, status, value }) => {
        const { address: at, unitId = settings.unitId, name } = numbered[number - 1]!;
        const label = name.replace(/^(unit-\d\.)?(holding|input|coil|discrete)\./, '');
        return [`${unitId} ${at.area} ${label}`, status === StatusCode.Good ? value : null];
      }),
    );
  } finally {
    await bench.driver.stop();
  }
}

/** `loose`: the oldest style goes through a float even without a factor. */
function compare(place: string, ours: Value, theirs: Value | undefined, loose: boolean): void {
  // No number at all: Telegraf writes no field, we a bad sample.
  if (ours === null || theirs === undefined) expect([ours, theirs], place).to.deep.equal([null, undefined]);
  else if (typeof ours === 'string') expect(ours, place).to.equal(theirs);
  else if (typeof ours === 'boolean') expect(ours, place).to.equal(Boolean(Number(theirs)));
  else if (typeof ours === 'bigint' && !loose) expect(ours, place).to.equal(theirs);
  else {
    const [mine, other] = [Number(ours), Number(theirs)];
    const difference = Math.abs(mine - other);
    expect(difference, `${place}: ${mine}, Telegraf ${other}`).to.be.at.most(Math.abs(other) * 1e-12);
  }
}
