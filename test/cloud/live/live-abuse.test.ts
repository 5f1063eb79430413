import { request } from 'node:http';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import type { LiveAnswer, LiveProblem, LiveSample } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import type { Socket } from 'socket.io-client';
import { ask, good, once, Stage, until } from './live-stage.ts';

/** What lies beneath a client's socket: the WebSocket, to send what no client would. */
interface Raw {
  send(data: string | Uint8Array, options?: { fin?: boolean; binary?: boolean }): void;
  on(event: 'close', listener: (code: number) => void): void;
}

function rawOf(client: Socket): Raw {
  return (client.io.engine.transport as unknown as { ws: Raw }).ws;
}

describe('live abuse', function () {
  this.timeout(60_000);
  let stage: Stage;
  let bystander: Socket;
  let heard = 0;

  beforeEach(async () => {
    stage = new Stage();
    for (const name of ['ann', 'mal']) stage.signIn(name);
    for (let tag = 1; tag <= 20; tag += 1) stage.tagTenants.set(tag, 'a');
    stage.tagTenants.set(99, 'b');
    await stage.start();
    bystander = stage.open('ann');
    heard = 0;
    await ask(bystander, 'subscribe', { tags: ['1'] });
    bystander.on('samples', (samples: LiveSample[]) => {
      heard = Number(samples[0]?.value);
    });
  });

  // Whatever one client did, the other goes on, and nothing of the first is left.
  afterEach(async () => {
    stage.commit([good(1, 4711)]);
    await until('the other client still hears', () => heard === 4711);
    expect(bystander.connected).to.equal(true);
    await stage.stop();
  });

  async function abuser(): Promise<{ client: Socket; problem: Promise<LiveProblem>; cut: Promise<string> }> {
    const client = stage.open('mal');
    await once(client, 'connect').catch(() => undefined);
    return { client, problem: once<LiveProblem>(client, 'problem'), cut: once<string>(client, 'disconnect') };
  }

  it('a hundred thousand requests: refused, then cut with the reason', async () => {
    const { client, problem, cut } = await abuser();
    const refusals: string[] = [];
    for (let n = 0; n < 100_000; n += 1) {
      client.emit('subscribe', { tags: ['2'] }, (answer: LiveAnswer) => {
        if (!answer.ok) refusals.push(answer.problem.code);
      });
    }
    expect((await problem).code).to.equal('live-too-many-requests');
    await cut;
    expect(new Set(refusals)).to.deep.equal(new Set(['live-too-many-requests']));
    expect(refusals.length).to.be.lessThan(1_000);
    await until('it is gone', () => stage.hub.figures().clients === 1);
  });

  it('a hundred thousand events nobody knows: the same', async () => {
    const { client, problem, cut } = await abuser();
    for (let n = 0; n < 100_000; n += 1) client.emit(`join`, 'tenant:b');
    expect((await problem).code).to.equal('live-too-many-requests');
    await cut;
  });

  it('one event nobody knows is answered, and joins nothing', async () => {
    const { client } = await abuser();
    for (const event of ['join', 'samples', 'problem', '__proto__']) {
      const answer = await ask(client, event, 'tenant:b');
      expect(answer.ok ? '' : answer.problem.code, event).to.equal('live-event-unknown');
    }
    for (const { rooms } of stage.io.of('/live').sockets.values()) expect(rooms.size, 'its own room only').to.equal(1);
  });

  it('a message of two megabytes: cut with the reason, before it is read', async () => {
    const { client, problem, cut } = await abuser();
    client.emit('subscribe', { tags: ['x'.repeat(2 * 1024 ** 2)] });
    expect((await problem).code).to.equal('live-message-too-large');
    await cut;
  });

  it('a token of two megabytes: no connection, and the reason', async () => {
    const error = await once<Error & { data: LiveProblem }>(stage.open('x'.repeat(2 * 1024 ** 2)), 'connect_error');
    expect(error.data.code).to.equal('live-message-too-large');
  });

  it('more than the door takes: closed by the WebSocket itself', async () => {
    const { client, cut } = await abuser();
    const closed = new Promise((resolve) => rawOf(client).on('close', resolve));
    client.emit('subscribe', 'x'.repeat(17 * 1024 ** 2));
    expect(await closed, 'too big (RFC 6455)').to.equal(1009);
    await cut;
  });

  it('a thousand attachments, announced or sent: cut with the reason', async () => {
    const first = await abuser();
    first.client.emit(
      'subscribe',
      Array.from({ length: 1_000 }, () => new Uint8Array(1)),
    );
    expect((await first.problem).code).to.equal('live-message-invalid');
    await first.cut;
    const second = await abuser();
    rawOf(second.client).send('4599999999-/live,["subscribe",{"_placeholder":true,"num":0}]');
    expect((await second.problem).code).to.equal('live-message-invalid');
    await second.cut;
  });

  it('what is no message at all: cut', async () => {
    for (const noise of ['49', '4{', '42/live,', '42/live,{"a":1}', '42/live,[17]', new Uint8Array(10), 'x', '']) {
      const { client, cut } = await abuser();
      rawOf(client).send(noise);
      // A ping too much, or an event without a name, is not worth a cut: then the client is still served.
      const served = ask(client, 'subscribe', { tags: ['2'] }).then(
        ({ ok }) => ok,
        () => false,
      );
      expect(await Promise.race([cut.then(() => true), served]), JSON.stringify(noise)).to.equal(true);
      client.disconnect();
    }
  });

  it('a message in more fragments than anybody needs: closed by the WebSocket itself', async () => {
    const { client, cut } = await abuser();
    const raw = rawOf(client);
    const closed = new Promise((resolve) => raw.on('close', resolve));
    for (let n = 0; n < 20_000; n += 1) raw.send('4', { fin: false });
    expect(await closed, 'a policy of the server (RFC 6455)').to.equal(1008);
    await cut;
  });

  it('a session that ends while it asks hears no more, and does not get in again', async () => {
    const { client, problem, cut } = await abuser();
    await ask(client, 'subscribe', { tags: ['1'] });
    let late = 0;
    stage.principals.delete('mal');
    stage.sessionEnded.emit({ sessionId: 'session-mal' });
    client.on('samples', () => {
      late += 1;
    });
    stage.commit([good(1, 1)]);
    expect((await problem).code).to.equal('live-session-ended');
    await cut;
    await sleep(systemClock, 150);
    expect(late).to.equal(0);
    const error = await once<Error & { data: LiveProblem }>(stage.open('mal'), 'connect_error');
    expect(error.data.code).to.equal('live-sign-in-required');
  });

  it('the namespace every server has serves nothing', async () => {
    const error = await once<Error & { data: LiveProblem }>(stage.open('ann', '/'), 'connect_error');
    expect(error.data.code).to.equal('namespace-unknown');
  });

  it('a connection that opens no namespace is ended', async () => {
    const key = Buffer.alloc(16).toString('base64');
    const upgrade = request(`${stage.url}/socket.io/?EIO=4&transport=websocket`, {
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': key },
    });
    const closing = new Promise<void>((resolve, reject) => {
      upgrade.on('error', reject);
      upgrade.on('upgrade', (_, socket) => {
        // The frame by which a WebSocket is closed begins with 0x88; who does not answer it is cut by the library.
        socket.on('data', (bytes: Buffer) => {
          if (!bytes.includes(0x88)) return;
          socket.destroy();
          resolve();
        });
      });
    });
    upgrade.end();
    await closing;
  });
});
