import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assemblyNamespace } from '../../demo/assembly-signals.ts';
import { OpcuaLoadServer } from './opcua-load-server.ts';

/**
 * The server of `edge-opcua` as a process of its own. Over HTTP it tells what it has made and sent: `/figures`; `/pause` ends the
 * changes, so that what is on its way arrives and both ends can be compared.
 */
const server = new OpcuaLoadServer({
  namespaces: ['http://opcfoundation.org/UA/', 'urn:gongfu:bench', assemblyNamespace],
});
await server.start();
const http = createServer((request, response) => {
  if (request.url === '/pause') server.pause();
  response.setHeader('content-type', 'application/json').end(JSON.stringify(server.figures));
});
http.listen(0, '127.0.0.1', () => {
  const counters = (http.address() as AddressInfo).port;
  console.log(JSON.stringify({ ready: true, port: server.port, counters }));
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
