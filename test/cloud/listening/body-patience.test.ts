import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { watchBodies } from '#cloud/listening/body-patience';
import { FakeClock } from '../../kit/fake-clock.ts';
import { until } from '../../kit/until.ts';

const windowMs = 20_000;
const large = 100 * 1024;

describe('listening: patience with bodies', () => {
  let clock: FakeClock;
  let server: Server;
  let client: Socket;
  let handle: (request: IncomingMessage, response: ServerResponse) => void;
  let request: IncomingMessage;
  let tooSlow: string[];

  beforeEach(async () => {
    clock = new FakeClock();
    tooSlow = [];
    server = createServer();
    watchBodies(server, clock);
    server.on('request', (asked, response) => {
      request = asked;
      handle(asked, response);
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      tooSlow.push(error.code ?? '');
      socket.destroy();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {});
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  async function post(length: number, first: Uint8Array | string): Promise<void> {
    const asked = once(server, 'request');
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
    await asked;
    client.write(first);
  }
  const came = (bytes: number) => until(() => request.socket.bytesRead >= bytes);

  it('lets a body go on as long as it flows, and forgets it when it is there', async () => {
    handle = (asked, response) => asked.resume().once('end', () => response.end('taken'));
    const answer = once(client, 'data');
    await post(5 * large, '');
    for (let part = 1; part <= 5; part += 1) {
      client.write(Buffer.alloc(large));
      await came(part * large);
      if (part < 5) clock.advance(windowMs);
    }
    expect(String((await answer)[0])).to.contain('200 OK');
    expect([tooSlow, clock.waiting]).to.deep.equal([[], 0]);
  });

  it('ends a body that trickles, whatever came before', async () => {
    handle = (asked) => asked.resume();
    await post(5 * large, Buffer.alloc(large));
    await came(large);
    clock.advance(windowMs);
    expect(tooSlow).to.deep.equal([]);
    client.write('a little');
    await came(large + 8);
    clock.advance(windowMs);
    expect(tooSlow).to.deep.equal(['ERR_HTTP_REQUEST_TIMEOUT']);
  });

  it('waits with the sender while the service itself does not read', async () => {
    let answer: ServerResponse | undefined;
    handle = (asked, response) => {
      asked.pause();
      answer = response;
    };
    await post(20 * large, Buffer.alloc(20 * large));
    await until(() => request.readableLength > 0);
    for (let window = 0; window < 10; window += 1) clock.advance(windowMs);
    expect(tooSlow).to.deep.equal([]);
    request.resume().once('end', () => answer?.end('taken'));
    expect(String((await once(client, 'data'))[0])).to.contain('200 OK');
  });

  it('starts no clock for what has no body', async () => {
    handle = (_asked, response) => response.end('here');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(client, 'data');
    expect(clock.waiting).to.equal(0);
  });
});
