import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { checkoutFolder } from '../../kit/source-tree.ts';
import { ServiceFixture } from '../access/service-fixture.ts';

const assets = join(checkoutFolder, 'cloud/web-dist/assets');

/** The built page as the service hands it out. */
describe('api: files of the page', () => {
  const service = new ServiceFixture();
  const script = readdirSync(assets).find((name) => name.endsWith('.js'))!;

  before(() => service.start());
  after(() => service.stop());

  it('sends what the build compressed, as the asking side can read it, to be kept for ever', async () => {
    const plain = readFileSync(join(assets, script));
    for (const [accepted, encoding, decode] of [
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['gzip, deflate', 'gzip', gunzipSync],
      ['identity', undefined, (body: Buffer) => body],
    ] as const) {
      const { status, headers, body } = await get(`/assets/${script}`, { 'accept-encoding': accepted });
      expect([status, headers['content-encoding']], accepted).to.deep.equal([200, encoding]);
      expect(headers['content-type']).to.match(/^text\/javascript/);
      expect(headers['cache-control'])
        .to.match(/immutable/)
        .and.to.match(/max-age=31536000/);
      expect(headers.vary).to.match(/accept-encoding/i);
      expect(decode(body).equals(plain), `${accepted}: same bytes`).to.equal(true);
    }
  });

  it('is asked for the page itself at every visit, and answers that it has not changed', async () => {
    for (const path of ['/', '/lines/one?day=today']) {
      const first = await get(path);
      expect([first.status, first.headers['cache-control']], path).to.deep.equal([200, 'no-cache']);
      expect(first.headers.etag).to.be.a('string');
      const again = await get(path, { 'if-none-match': first.headers.etag! });
      expect([again.status, again.body.length]).to.deep.equal([304, 0]);
    }
  });

  it('says of a file that is not there that it is not, readably', async () => {
    for (const path of [
      '/assets/nothing.js',
      '/assets/',
      '/assets',
      '/assets/index.html',
      '/assets/nothing.js.br',
      '/assets/%E0%A4%A',
    ]) {
      const { status, headers, body } = await get(path, { 'accept-encoding': 'br' });
      expect([status, headers['content-encoding']], path).to.deep.equal([404, undefined]);
      expect(JSON.parse(body.toString()).code, path).to.equal('not-found');
    }
  });

  function get(path: string, headers: Record<string, string> = {}) {
    return new Promise<{ status: number; headers: Record<string, string | undefined>; body: Buffer }>(
      (resolve, reject) => {
        request(service.url + path, { headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Record<string, string | undefined>,
              body: Buffer.concat(chunks),
            }),
          );
        })
          .on('error', reject)
          .end();
      },
    );
  }
});
