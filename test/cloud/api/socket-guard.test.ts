import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { Server } from 'socket.io';
import { socketGuard } from '#cloud/api/socket-guard';
import { until } from '../../kit/until.js';

describe('socket guard', () => {
  let http: HttpServer;
  let io: Server;
  const sockets: Socket[] = [];

  async function start(trustedProxies: string[]): Promise<void> {
    http = createServer();
    io = new Server(http, {
      transports: ['websocket'],
      allowRequest: socketGuard({
        allowedOrigins: [],
        connectionsPerAddress: 3,
        trustedProxies,
        clock: systemClock,
        log: silentLogger,
      }),
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  }
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await io.close();
  });

  /** The status line and the body of the answer to an attempt, left open. */
  async function attempt(forwardedFor?: string): Promise<string> {
    const { port } = http.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    socket.on('data', (bytes) => {
      text += String(bytes);
    });
    socket.on('error', () => undefined);
    const forwarded = forwardedFor === undefined ? '' : `X-Forwarded-For: ${forwardedFor}\r\n`;
    socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${forwarded}\r\n`,
    );
    await until(() => text.includes('\r\n\r\n') && (text.includes(' 101 ') || text.includes('}')));
    return text;
  }

  it('refuses the connection too many of an address with 429, and takes one again when another has gone', async () => {
    await start([]);
    for (let n = 0; n < 3; n += 1) expect(await attempt()).to.contain(' 101 ');
    // Without a trusted proxy, what a client says of its address counts for nothing.
    for (let n = 0; n < 2; n += 1) {
      const refused = await attempt('10.0.0.1');
      expect(refused)
        .to.match(/^HTTP\/1\.1 429 Too Many Requests/)
        .and.contain('"connections-too-many"');
    }
    sockets[0]!.destroy();
    await until(() => io.engine.clientsCount === 2);
    expect(await attempt()).to.contain(' 101 ');
  });

  it('counts by the address a trusted proxy tells, and by no other', async () => {
    await start(['loopback']);
    for (let n = 0; n < 3; n += 1) expect(await attempt('10.0.0.1')).to.contain(' 101 ');
    expect(await attempt('10.0.0.2')).to.contain(' 101 ');
    expect(await attempt('10.0.0.1')).to.contain(' 429 ');
    expect(await attempt('10.9.9.9, 10.0.0.1'), 'what the client itself has put before').to.contain(' 429 ');
  });
});
