import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { RawServer } from '../edge/drivers/modbus/raw-server.ts';
import { Api } from '../kit/api.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { gatewayConfig, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';

interface Version {
  readonly number: number;
  readonly state: string;
  readonly createdBy: string;
  readonly result: {
    readonly code: string;
    readonly detail: string;
    readonly places: readonly { where: string }[];
  } | null;
}

describe('flow: a configuration from the API to the registers', function () {
  this.timeout(120_000);
  const data = temporaryFolder();
  const server = new RawServer();
  let cloud: RunningCloud;
  let edge: RunningEdge;
  let api: Api;
  let path: string;

  before(async () => {
    await server.start();
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    api = new Api(cloud.url);
    await api.signIn(cloud);
    edge = await start({ GONGFU_CODE: await api.code('remote') });
    const { items } = await api.get<{ items: { id: string }[] }>('/api/v1/gateways');
    path = `/api/v1/gateways/${items[0]!.id}/configurations`;
  });
  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const sourceOf = (name: string, register: number, port = server.port) =>
    `  - { name: ${name}, driver: modbus, host: 127.0.0.1, port: ${port}, interval: 100ms, tags: [{ name: ${name}-t, address: "holding:${register}", type: uint16 }] }`;
  const start = async (env = {}) => {
    const own = gatewayConfig({
      name: 'remote',
      url: cloud.url,
      buffer: `${data.folder}/buffer`,
      sources: sourceOf('press', 1),
    });
    const running = await startEdge({ config: `remote: { configuration: true, probation: 1500ms }\n${own}`, env });
    await untilHealth(running, ({ status, uplink }) => status === 'ok' && uplink.state === 'connected');
    return running;
  };
  const upload = (...sources: string[]) => api.post<Version>(path, { text: `sources:\n${sources.join('\n')}\n` });
  const versions = async () => (await api.get<{ items: Version[] }>(path)).items;
  const untilState = async (number: number, state: string) => {
    for (;;) {
      const version = (await versions()).find((one) => one.number === number);
      if (version?.state === state) return version;
      await wait(50);
    }
  };

  it('is tried, proved and kept; its tags deliver, and the audit has who and what', async () => {
    const { number, createdBy } = await upload(sourceOf('press', 1), sourceOf('oven', 2));
    expect([number, createdBy]).to.deep.equal([1, 'admin']);
    expect((await untilState(1, 'applied')).result).to.deep.include({ code: '', places: [] });
    const tag = await api.tag('oven-t');
    expect((await api.samples(tag)).some(({ value }) => value === 2)).to.equal(true);
    expect((await api.get<{ text: string }>(`${path}/1`)).text).to.contain('oven');
    const audit = await api.get<{ items: { action: string; actor: { name: string }; detail: string }[] }>(
      '/api/v1/audit?limit=50',
    );
    const told = audit.items.filter(({ action }) => action.startsWith('configuration-'));
    expect(told.map(({ action, actor }) => [action, actor.name])).to.deep.include.members([
      ['configuration-upload', 'admin'],
      ['configuration-result', 'remote'],
    ]);
  });

  it('what can be told without the gateway is told at once, and not kept', async () => {
    const secret = '  - { name: robot, driver: opcua, endpoint: "opc.tcp://h:1", user: u, password: open, tags: [] }';
    for (const [text, fault] of [
      [`sources:\n${secret}\n`, 'configuration:2:'],
      ['sources: []\nuplink: { url: "http://evil" }\n', 'unknown key'],
      ['sources: [', 'not readable as YAML'],
    ] as const) {
      const error = await api.post(path, { text }).then(
        () => '',
        (refused: Error) => refused.message,
      );
      expect(error).to.contain(': 422').and.contain('configuration-invalid').and.contain(fault);
    }
    expect(await versions()).to.have.length(1);
  });

  it('shows all that the gateway finds wrong, and why one was rolled back', async () => {
    const wrong = await upload(sourceOf('press', 70_000), sourceOf('oven', 2).replace('uint16', 'uint17'));
    const { result } = await untilState(wrong.number, 'refused');
    expect(result!.places.map(({ where }) => where.split(':')[1])).to.deep.equal(['2', '3']);
    const lame = await upload(sourceOf('press', 1, 1), sourceOf('oven', 2));
    const rolledBack = await untilState(lame.number, 'rolled-back');
    expect(rolledBack.result!.detail).to.contain('source press');
    await untilHealth(edge, ({ status, sources }) => status === 'ok' && sources.length === 2);
  });

  it('waits for a gateway that is away; of two only the newer is tried', async () => {
    await edge.stop();
    const older = await upload(sourceOf('press', 5));
    const newer = await upload(sourceOf('press', 1), sourceOf('mill', 6));
    edge = await start();
    await untilState(newer.number, 'applied');
    expect((await versions()).find(({ number }) => number === older.number)!.state).to.equal('replaced');
    expect(server.requests.some(({ start: register }) => register === 5)).to.equal(false);
  });
});
