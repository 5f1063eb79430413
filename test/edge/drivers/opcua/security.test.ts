import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CertificateList } from '#edge/drivers/opcua/certificate-list';
import { answerTrust } from '#edge/drivers/opcua/trust-command';
import { temporaryFolder } from '#test/kit/folders';
import { runProgram } from '#test/kit/programs';
import { type Python, requirePeers } from '#test/kit/python';
import { makeRsaIdentity } from '#test/kit/rsa-identity';
import { ForeignServer, freePort } from './foreign-server.ts';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const line = 'http://line.test/';
const tags = [tagOf(1, `nsu=${line};s=A`, 'int32')];
const ways = ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'].flatMap((securityPolicy) =>
  ['Sign', 'SignAndEncrypt'].map((securityMode) => ({ securityPolicy, securityMode })),
);

describe('OPC UA security against asyncua', function () {
  this.timeout(90_000);
  let python: Python;
  let server: ForeignServer;
  let rig: Rig | undefined;
  const { folder, remove } = temporaryFolder();
  const pki = join(folder, 'buffer', 'drivers', 'pki');
  const dataFolder = join(folder, 'buffer', 'drivers');
  const person = { user: 'edge', password: 'Geheim-77' };

  const serve = (port: number): Promise<ForeignServer> =>
    ForeignServer.start(python, {
      port,
      namespaces: [line],
      variables: [{ uri: line, id: 's=A', type: 'Int32', value: 3 }],
      security: { folder, ...person, userCertificate: join(folder, 'user.der') },
    });

  before(async function () {
    python = await requirePeers(this);
    const installer = await makeRsaIdentity('CN=Installer', 'urn:gongfu:test:installer');
    writeFileSync(join(folder, 'user.der'), installer.der);
    writeFileSync(join(folder, 'user-key.pem'), installer.keyPem);
    server = await serve(await freePort());
  });

  after(async () => {
    await server?.kill();
    remove();
  });

  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
  });

  const start = async (settings: object): Promise<Rig> => {
    rig = await startDriver({ endpoint: server.endpoint, ...settings }, tags, dataFolder);
    return rig;
  };
  const failure = async ({ driver }: Rig, withinMs = 10_000): Promise<string> => {
    await until('the failure', () => driver.health().state === 'failing', withinMs);
    return driver.health().detail;
  };
  const trust = async (...more: string[]): Promise<string> => {
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, `gateway: { name: gw }\nbuffer: { path: ${join(folder, 'buffer')} }\nsources: []\n`);
    const { stdout, stderr } = await runProgram('edge/bin/gongfu-edge.js', ['trust', '-c', file, ...more]);
    return stdout + stderr;
  };

  it('keeps an unknown certificate in quarantine until a person trusts it by its thumbprint', async () => {
    const { driver, writer } = await start({ ...ways[0]!, ...person });
    const detail = await failure({ driver } as Rig);
    const [quarantined] = new CertificateList(pki).all().filter(({ state }) => state === 'quarantined');
    expect(detail).to.include(`${quarantined!.thumbprint} of ${server.endpoint} is not trusted by this gateway`);
    const listed = await trust();
    expect(listed)
      .to.match(new RegExp(`^quarantined ${quarantined!.thumbprint}$`, 'm'))
      .and.match(/^ {2}subject {3}.*CN=asyncua of the test/m)
      .and.match(/^ {2}valid {5}\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, 36[45] days left$/m)
      .and.include(`  source    server ${server.endpoint}`)
      .and.match(/^own {9}[0-9A-F]{40}$/m);
    expect(await trust('12345678')).to.include('[opcua-certificate-unknown]');
    expect(await trust(quarantined!.thumbprint.slice(0, 12).toLowerCase())).to.match(/^trusted {5}/);
    await until('the value', () => writer.present(1)?.value === 3, 30_000);
    expect(driver.health()).to.deep.equal({ state: 'connected', detail: '' });
  });

  for (const way of ways) {
    it(`signs in by user name over ${way.securityPolicy}, ${way.securityMode}`, async () => {
      const { driver, writer } = await start({ ...way, ...person });
      await until('the value', () => writer.present(1)?.value === 3, 10_000);
      expect(driver.health()).to.deep.equal({ state: 'connected', detail: '' });
    });
  }

  it('signs in by the certificate of a user, and says what is wrong with it', async () => {
    const user = { userCertificate: join(folder, 'user.der'), userKey: join(folder, 'user-key.pem') };
    const { writer } = await start({ ...ways[1]!, ...user });
    await until('the value', () => writer.present(1)?.value === 3, 10_000);
    await rig!.stop();
    const missing = await start({ ...ways[1]!, ...user, userKey: join(folder, 'nowhere.pem') });
    expect(await failure(missing))
      .to.include('nowhere.pem')
      .and.include('Correct userCertificate');
  });

  it('names what the server offers when the policy or the user is refused', async () => {
    const { log, ...refused } = await start({ ...ways[0]!, user: 'edge', password: 'wrong-99' });
    expect(await failure({ log, ...refused })).to.include('refuses the sign-in of edge');
    expect(log.join()).not.to.include('wrong-99');
    await rig!.stop();
    const open = await start({});
    const detail = await failure(open);
    expect(detail).to.match(/It offers: Basic256Sha256 \(Sign, SignAndEncrypt\);.* for .*UserName/);
  });

  it('turns a refused certificate away, also when it was trusted before', async () => {
    const { thumbprint } = new CertificateList(pki).all().find(({ state }) => state === 'trusted')!;
    expect(await trust(thumbprint, '--refuse')).to.match(/^refused {5}/);
    const { driver, writer } = await start({ ...ways[0]!, ...person });
    expect(await failure({ driver } as Rig)).to.include('was refused by a person');
    expect(writer.of(1).every(({ value }) => value === null)).to.equal(true);
    expect(answerTrust({ folder: pki, now: Date.now() }).filter((text) => text.includes(thumbprint))).to.deep.equal([
      `refused     ${thumbprint}`,
    ]);
    expect(await trust(thumbprint)).to.match(/^trusted {5}/);
    await until('the value', () => writer.present(1)?.value === 3, 10_000);
  });

  it('does not take a renewed certificate for the old one: it waits for a person again', async () => {
    const { driver, writer } = await start({ ...ways[1]!, ...person, timeout: '2s' });
    await until('the value', () => writer.present(1)?.value === 3, 10_000);
    await server.kill();
    for (const file of ['asyncua-cert.der', 'asyncua-key.pem']) rmSync(join(folder, file));
    server = await serve(Number(new URL(server.endpoint).port));
    expect(await failure({ driver } as Rig, 30_000)).to.include('is not trusted by this gateway');
    expect(writer.present(1)!.value).to.equal(null);
    const waiting = new CertificateList(pki).all().filter(({ state }) => state === 'quarantined');
    expect(waiting).to.have.length(1);
    await trust(waiting[0]!.thumbprint);
    await until('the value again', () => writer.present(1)?.value === 3, 20_000);
  });
});
