import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { temporaryFolder } from '../../kit/folders.ts';
import { checkoutFolder } from '../../kit/source-tree.ts';

describe('identity of a gateway', () => {
  it('is made and written, again and again, while memory is collected at any moment', async () => {
    const place = temporaryFolder();
    const module = pathToFileURL(join(checkoutFolder, 'edge/dist/uplink/identity.js')).href;
    const program = `
      import { keepEnrolled, openIdentity } from ${JSON.stringify(module)};
      const enrolled = { gatewayId: 'g', tenantId: 't', codeHash: 'c' };
      for (let i = 0; i < 400; i += 1) {
        const file = ${JSON.stringify(place.folder)} + '/' + i + '.json';
        const { publicKey } = keepEnrolled(file, openIdentity(file), enrolled);
        if (openIdentity(file).publicKey.x !== publicKey.x) throw new Error('another key');
      }`;
    // A collection comes so much more often; what waits for itself for ever is ended.
    const flags = ['--max-semi-space-size=1', '--input-type=module', '-e', program];
    const child = spawn(process.execPath, flags, { stdio: 'inherit', timeout: 50_000, killSignal: 'SIGKILL' });
    const [code, signal] = await once(child, 'exit');
    place.remove();
    expect([code, signal]).to.deep.equal([0, null]);
  });
});
