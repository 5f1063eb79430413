import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';
import { LocalPageStage } from './local-page-stage.ts';

describe('local page: in the network', () => {
  const { folder, remove } = temporaryFolder();
  const stage = new LocalPageStage({ folder, host: '0.0.0.0' });
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

  before(async function () {
    if (own === undefined) return this.skip();
    await stage.password.set('three-blue-presses');
    await stage.server.start();
  });
  after(async () => {
    await stage.server.stop();
    remove();
  });

  it('tells others no more than that it is there, until they sign in', async () => {
    const { port } = new URL(stage.server.url!);
    const ask = (path: string) => fetch(`http://${own}:${port}${path}`, { redirect: 'manual' });
    expect(await (await ask('/healthz')).json()).to.deep.equal({ status: 'ok' });
    expect((await ask('/metrics')).status).to.equal(401);
    expect((await ask('/tags')).status).to.equal(303);
  });

  it('holds a hundred connections of others at most, and this machine still gets through', async () => {
    const port = Number(new URL(stage.server.url!).port);
    const sockets: Socket[] = [];
    let cut = 0;
    for (let count = 0; count < 110; count += 1) {
      const socket = connect(port, own);
      socket.on('error', () => {}).on('close', () => (cut += 1));
      await once(socket, 'connect');
      sockets.push(socket);
    }
    await until(() => cut >= 10);
    expect((await stage.ask('/healthz')).text).to.contain('gw-1');
    // Those of the questions before may still be open.
    expect(cut).to.be.at.most(15);
    for (const socket of sockets) socket.destroy();
  });
});
