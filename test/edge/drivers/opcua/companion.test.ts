import { join } from 'node:path';
import { StateMapping } from '@gongfu/shared/kpi/state-mapping';
import type { Value } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type PlantModel, plantModelSchema } from '#cloud/assets/plant-model';
import { answerBrowse } from '#edge/drivers/opcua/browse-command';
import { readEndpoint } from '#edge/drivers/opcua/config';
import { importCsv } from '#edge/tag-files/csv-import';
import { Plant } from '#test/edge/drivers/derived/plant';
import { temporaryFolder } from '#test/kit/folders';
import { OpcuaServerProcess } from '#test/kit/opcua-server';
import { runProgram } from '#test/kit/programs';

const ua = 'http://opcfoundation.org/UA/';
const packml = `${ua}PackML/`;
const machinery = `${ua}Machinery/`;
const count = `${packml} PackMLCountDataType`;
const perMinute = { namespaceUri: '', unitId: 0, displayName: { text: 'rpm' }, description: { text: '' } };

const objects = [
  {
    name: 'Packer',
    typeUri: packml,
    type: 'PackMLBaseObjectType',
    subtype: 'VendorPackerType',
    optionals: ['Admin.ProdProcessedCount', 'Admin.ProdDefectiveCount', 'Admin.MachDesignSpeed'],
    values: {
      'Admin/ProdProcessedCount': { type: count, value: [{ iD: 1, name: 'box', count: 3, accCount: 1200 }] },
      'Admin/ProdDefectiveCount': { type: count, value: [{ iD: 1, name: 'box', count: 0, accCount: 7 }] },
      'Admin/MachDesignSpeed': { type: 'Float', value: 120 },
      'Status/CurMachSpeed': { type: 'Float', value: 95.5 },
      'Status/CurMachSpeed/EURange': { type: `${ua} Range`, value: { low: 0, high: 150 } },
    },
  },
  {
    name: 'Mill',
    typeUri: `${ua}MachineTool/`,
    type: 'MachineToolType',
    parent: 'Machines',
    optionals: [
      'Identification.Model',
      'Monitoring.MachineTool.FeedOverride',
      'Production.Statistics',
      'Production.Statistics.PartsProducedInLifetime',
    ],
    values: {
      'Identification/Manufacturer': { type: 'LocalizedText', value: 'Werk' },
      'Identification/Model': { type: 'LocalizedText', value: 'M 500' },
      'Identification/SerialNumber': { type: 'String', value: 'SN-1' },
      'Monitoring/MachineTool/OperationMode': { type: 'Int32', value: 1 },
      'Monitoring/MachineTool/FeedOverride': { type: 'Double', value: 100 },
      'Monitoring/MachineTool/FeedOverride/EngineeringUnits': { type: `${ua} EUInformation`, value: perMinute },
    },
  },
  { name: 'Press', typeUri: ua, type: 'BaseObjectType', parent: 'Machines' },
  {
    name: 'Identification',
    typeUri: machinery,
    type: 'MachineIdentificationType',
    parent: 'Machines/Press',
    values: { SerialNumber: { type: 'String', value: '${HOME}\n- x' } },
  },
  {
    name: 'State',
    typeUri: machinery,
    type: 'MachineryItemState_StateMachineType',
    subtype: 'VendorStateType',
    states: ['WarmingUp'],
    parent: 'Machines/Press',
    optionals: ['CurrentState.Number'],
  },
  {
    name: 'Mode',
    typeUri: machinery,
    type: 'MachineryOperationModeStateMachineType',
    parent: 'Machines/Press',
    optionals: ['CurrentState.Number'],
  },
  // Called as in a model, and of none of its types.
  { name: 'MachineryItemState', typeUri: ua, type: 'FiniteStateMachineType', subtype: 'VendorsOwnType' },
];

describe('gongfu-edge browse: companion models', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  const texts = { yaml: '', csv: '', plant: '' };
  let plant: PlantModel;

  before(async () => {
    const nodesets = ['di', 'ia', 'machinery', 'isa95JobControl', 'machineryJobs', 'machineTool', 'packML'];
    const server = await OpcuaServerProcess.start({
      port: 0,
      folder,
      namespaces: [],
      variables: [],
      nodesets,
      objects,
    });
    try {
      const request = { source: readEndpoint(server.endpoint), folder: join(folder, 'pki'), gateway: 'gw-1' };
      texts.yaml = await answerBrowse({ ...request, format: 'yaml' });
      texts.csv = await answerBrowse({ ...request, format: 'csv' });
      const { stdout } = await runProgram('edge/bin/gongfu-edge.js', ['browse', server.endpoint, '--format', 'plant']);
      texts.plant = stdout;
    } finally {
      await server.kill();
    }
    const tenant = { id: 'acme', name: { zh: '甲', en: 'Acme' } };
    plant = plantModelSchema.parse({ tenant, ...(parse(texts.plant) as object) });
  });
  after(() => remove());

  /** The signals of an asset that are more than signals, as `role source/tag rolloverAt`. */
  function roles(id: string): string[] {
    const asset = plant.assets.find((each) => each.id === id)!;
    return asset.signals
      .filter(({ role }) => role !== 'signal')
      .map(({ role, source, tag, rolloverAt = '' }) => `${role} ${source}/${tag} ${rolloverAt}`.trim());
  }

  it('proposes machines by their types, whatever the vendor calls them and derives from them', () => {
    expect(plant.assets.map(({ id, level, gateway }) => [id, level, gateway])).to.have.deep.members([
      ['packer', 'work-unit', 'my-gateway'],
      ['mill', 'work-unit', 'my-gateway'],
      ['press', 'work-unit', 'my-gateway'],
    ]);
    const names = Object.fromEntries(plant.assets.map(({ id, name }) => [id, name.zh]));
    expect(names).to.include({ packer: 'Packer', mill: 'Mill (Werk M 500 SN-1)', press: 'Press ($${HOME} - x)' });
    expect(texts.yaml).to.include('# machine Machines.Mill: manufacturer Werk, model M 500, serial number SN-1');
    expect(texts.yaml).to.include('#   Packer.Status: PackMLStatusObjectType of PackML OPC 30050');
    expect(texts.yaml).to.include('its state WarmingUp is none of the model');
    expect(texts.plant).to.include('# plannedCycle: 500ms');
  });

  it('proposes states, counts, speeds, units and ranges', () => {
    const admin = 'server/Packer.Admin';
    expect(roles('packer')).to.deep.equal([
      'state machines/Packer.state',
      `total-count ${admin}.ProdProcessedCount[0].AccCount 2147483648`,
      `scrap-count ${admin}.ProdDefectiveCount[0].AccCount 2147483648`,
    ]);
    expect(roles('mill')).to.deep.equal([
      'state machines/Machines.Mill.state',
      'total-count server/Machines.Mill.Production.Statistics.PartsProducedInLifetime 4294967296',
    ]);
    expect(roles('press')).to.deep.equal(['state machines/Machines.Press.state']);
    const tags = (parse(texts.yaml) as { name: string; tags: Record<string, unknown>[] }[])[0]!.tags;
    const tag = (name: string) => tags.find((each) => each.name === name);
    const range = { min: 0, max: 150, outside: 'keep' };
    expect(tag('Packer.Status.CurMachSpeed')).to.deep.include({ type: 'float32', range });
    expect(tag('Machines.Mill.Monitoring.MachineTool.FeedOverride')).to.include({ unit: '/min' });
    expect(tag('Packer.Admin.ProdProcessedCount[0].AccCount')).to.include({
      element: 0,
      field: 'AccCount',
      type: 'int32',
    });
    expect(texts.yaml).to.include('# Packer, scrap-count: ProdDefectiveCount of PackML Admin');
    const imported = importCsv({ file: 'a.csv', text: texts.csv, driver: 'opcua', source: 's', keys: {} });
    expect(imported.sources[0]!.tags.map(({ keys }) => keys.name)).to.deep.equal(tags.map(({ name }) => name));
    expect(
      imported.sources[0]!.tags.find(({ keys }) => keys.name === 'Packer.Status.CurMachSpeed')!.keys.range,
    ).to.deep.equal(range);
  });

  it('tells one state out of several variables, as the cloud understands it', async () => {
    const agent = await new Plant(texts.yaml.replace(/^(?!#)/gm, '  ').replace(/^ +$/gm, '')).start();
    let time = 0;
    const stateOf = async (id: string, values: Record<string, Value>): Promise<string> => {
      time += 1_000;
      const { stateMapping, signals } = plant.assets.find((each) => each.id === id)!;
      for (const [name, value] of Object.entries(values))
        agent.write({ [`server/${name}`]: value }, time, value === null ? 0x80000000 : 0);
      const sample = (await agent.samples(`machines/${signals[0]!.tag}`)).at(-1);
      const { states } = plant.stateMappings.find((each) => each.id === stateMapping)!;
      const mapping = new StateMapping({ stateMappingId: '', version: '', states });
      return sample === undefined ? 'none' : mapping.observe(sample.status, sample.value ?? '').state;
    };
    const base = 'Packer.BaseStateMachine';
    const packer = (b: string, m: string | null, e: string | null, blocked = false) =>
      stateOf('packer', {
        [`${base}.CurrentState`]: b,
        [`${base}.MachineState.CurrentState`]: m,
        [`${base}.MachineState.ExecuteState.CurrentState`]: e,
        'Packer.Status.EquipmentBlocked': blocked,
      });
    expect(await packer('Cleared', 'Running', 'Execute')).to.equal('running');
    expect(await packer('Cleared', 'Running', 'Idle')).to.equal('idle');
    expect(await packer('Cleared', 'Running', 'Suspended')).to.equal('starved');
    expect(await packer('Cleared', 'Running', 'Suspended', true)).to.equal('blocked');
    expect(await packer('Cleared', 'Running', 'Held', true)).to.equal('down');
    expect(await packer('Cleared', 'Running', 'Starting')).to.equal('setup');
    expect(await packer('Cleared', 'Stopped', null)).to.equal('down');
    expect(await packer('Aborted', null, null)).to.equal('down');
    expect(await packer('Cleared', 'Running', null)).to.equal('unknown');
    const press = (state: number, mode: number | null) =>
      stateOf('press', {
        'Machines.Press.State.CurrentState.Number': state,
        'Machines.Press.Mode.CurrentState.Number': mode,
      });
    expect(await press(3, 3)).to.equal('running');
    expect(await press(2, 3)).to.equal('idle');
    expect(await press(3, 2)).to.equal('setup');
    expect(await press(0, 1)).to.equal('planned-stop');
    expect(await press(1, null)).to.equal('down');
    expect(await press(9, 3)).to.equal('unknown');
    const program = 'Machines.Mill.Production.ActiveProgram.State.CurrentState.Number';
    const mill = (state: number, mode: number) =>
      stateOf('mill', { [program]: state, 'Machines.Mill.Monitoring.MachineTool.OperationMode': mode });
    expect(await mill(1, 1)).to.equal('running');
    expect(await mill(3, 1)).to.equal('down');
    expect(await mill(1, 2)).to.equal('setup');
    await agent.stop();
  });
});
