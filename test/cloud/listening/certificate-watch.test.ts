import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { readCertificate } from '#cloud/listening/certificate';
import { CertificateWatch } from '#cloud/listening/certificate-watch';
import { Authority, type Issued } from '../../kit/certificates.ts';
import { FakeClock } from '../../kit/fake-clock.ts';
import { temporaryFolder } from '../../kit/folders.ts';
import { until } from '../../kit/until.ts';

const dayMs = 24 * 3_600_000;

describe('certificate of the service', () => {
  let authority: Authority;
  let folder: string;
  let remove: () => void;
  let files: { certificate: string; key: string };

  before(async () => {
    authority = await Authority.make();
  });
  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
    files = { certificate: join(folder, 'cloud.pem'), key: join(folder, 'cloud.key') };
  });
  afterEach(() => remove());

  const put = ({ certificate, key }: Pick<Issued, 'certificate' | 'key'>) => {
    writeFileSync(files.certificate, certificate);
    writeFileSync(files.key, key);
  };
  const problem = (): Problem => {
    try {
      readCertificate(files, Date.now());
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
    throw new Error('it was taken');
  };

  it('takes a pair that fits, with its chain, and names its key', async () => {
    const issued = await authority.issue({ days: 10 });
    put({ ...issued, certificate: `${issued.certificate}\n${authority.pem}` });
    const read = readCertificate(files, Date.now());
    expect(read.pin).to.equal(issued.pin);
    expect(read.validTo).to.be.within(Date.now() + 8.9 * dayMs, Date.now() + 9.1 * dayMs);
  });

  it('says which file cannot be read, or holds something else', async () => {
    const issued = await authority.issue();
    expect(problem()).to.include({ code: 'tls-file-unreadable', reaction: 'stop' });
    put({ certificate: 'no certificate', key: issued.key });
    expect(problem().code).to.equal('tls-file-invalid');
    expect(problem().message).to.include(files.certificate);
    put({ certificate: issued.certificate, key: issued.certificate });
    expect(problem().code).to.equal('tls-file-invalid');
    expect(problem().message).to.include(files.key);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const passphrase = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    put({ certificate: issued.certificate, key: String(privateKey.export(passphrase)) });
    expect(problem().message).to.include('without passphrase');
  });

  it('refuses a key of another certificate, and a certificate that does not hold now', async () => {
    const [one, other] = [await authority.issue(), await authority.issue()];
    put({ certificate: one.certificate, key: other.key });
    expect(problem().code).to.equal('tls-key-foreign');
    put(await authority.issue({ from: Date.now() - 9 * dayMs, days: 8 }));
    expect(problem()).to.include({ code: 'tls-certificate-outdated' });
    expect(problem().message).to.include('ran out');
    put(await authority.issue({ from: Date.now() + dayMs }));
    expect(problem().message).to.include('holds only from');
  });

  it('takes a renewed pair over, and serves the old one on while the new one is faulty', async () => {
    const clock = new FakeClock(Date.now());
    const told: string[] = [];
    const note = (_fields: object, message: string) => void told.push(message);
    const log: Logger = { ...silentLogger, error: note, warn: note };
    const [first, second] = [await authority.issue({ days: 400 }), await authority.issue({ days: 20 })];
    put(first);
    const watch = new CertificateWatch({ files, clock, log });
    const pins: string[] = [];
    watch.changed.on(({ pin }) => pins.push(pin));
    await watch.start();
    expect(watch.current.pin).to.equal(first.pin);

    // Half of a renewal: the pair does not fit.
    writeFileSync(files.certificate, second.certificate);
    await until(() => {
      clock.advance(5_000);
      return told.length > 0;
    });
    expect(told[0]).to.include('served on').and.to.include('does not belong');
    expect(watch.current.pin).to.equal(first.pin);
    writeFileSync(files.key, second.key);
    await until(() => {
      clock.advance(5_000);
      return pins.length > 0;
    });
    expect(pins).to.deep.equal([second.pin]);
    expect(
      told.filter((message) => message.includes('served on')),
      'told once',
    ).to.have.length(1);
    expect(told.at(-1)).to.include('runs out soon');
    await watch.stop();
  });
});
