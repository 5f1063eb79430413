import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Sources nobody gets anything useful from, each kind on a port of its own: `silent` accepts and says nothing, `dripping` sends its
 * answer a byte a second, `resetting` ends the connection hard when it is asked, nobody listens at `refusing`, and at `swallowing`
 * neither yes nor no is said to who dials.
 */
const kinds: Readonly<Record<string, (socket: Socket) => void>> = {
  silent: (socket) => void socket.resume(),
  dripping: (socket) => socket.on('data', (request: Buffer) => drip(socket, request)),
  resetting: (socket) => socket.on('data', () => socket.resetAndDestroy()),
  refusing: () => undefined,
};

function drip(socket: Socket, request: Buffer): void {
  const registers = request.readUInt16BE(10);
  const frame = Buffer.alloc(9 + registers * 2);
  request.copy(frame, 0, 0, 8);
  frame.writeUInt16BE(frame.length - 6, 4);
  frame[8] = registers * 2;
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(frame.subarray(sent, sent + 1));
    sent += 1;
    if (sent === frame.length) clearInterval(timer);
  }, 1000);
  socket.once('close', () => clearInterval(timer));
}

/** The port of a process that is stopped, and whose queue is full: the kernel drops who dials. Not every network has a black hole. */
async function swallow(): Promise<number> {
  const script = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  const port = Number(String(line));
  for (let i = 0; i < 4; i += 1) connect(port, '127.0.0.1').on('error', () => undefined);
  return port;
}

const ports: Record<string, number> = {};
for (const [kind, behave] of Object.entries(kinds)) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ports[kind] = (server.address() as AddressInfo).port;
  if (kind === 'refusing') server.close();
}
ports.swallowing = await swallow();
console.log(JSON.stringify({ ready: true, ports }));
for (const event of ['disconnect', 'SIGTERM'] as const) process.on(event, () => process.exit(0));
