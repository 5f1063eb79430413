// Health check of the images: ends with 0 when /healthz of the given port of this container answers 200.
// Where the port speaks TLS its certificate is for another name than the loopback, so it is not looked at here.
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';

const address = { host: '127.0.0.1', port: Number(process.argv[2]), path: '/healthz', timeout: 4_000 };

const answers = (get, options) =>
  new Promise((resolve) => {
    get(options, (response) => resolve(response.statusCode === 200))
      .once('timeout', () => resolve(false))
      .once('error', () => resolve(false));
  });

const healthy =
  (await answers(getPlain, address)) || (await answers(getSecure, { ...address, rejectUnauthorized: false }));
process.exit(healthy ? 0 : 1);
