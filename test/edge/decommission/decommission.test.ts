import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import type { LostSamples } from '@gongfu/shared/wire/decommission';
import { expect } from 'chai';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import type { Certificate } from '#edge/decommission/certificate';
import { type DecommissionOptions, decommission } from '#edge/decommission/decommission';
import { refuseUnfinished } from '#edge/decommission/record';
import { LocalPassword } from '#edge/health/local-password';
import { keepEnrolled, openIdentity } from '#edge/uplink/identity';
import { temporaryFolder } from '../../kit/folders.ts';

const day = Date.UTC(2026, 10, 27);
const keys = [
  'drivers/pki/own/private/private_key.pem',
  'drivers/pki/trusted/certs/plc.pem',
  'identity.json',
  'local-password.json',
];

describe('decommission', function () {
  this.timeout(60_000);
  const place = temporaryFolder();
  const told: (LostSamples | null)[] = [];
  let count = 0;

  after(() => place.remove());
  beforeEach(() => {
    told.length = 0;
  });

  /** A gateway's folder as it lies there when its agent has stopped. */
  const installed = async (samples = 0): Promise<DecommissionOptions> => {
    count += 1;
    const folder = join(place.folder, `gateway-${count}`);
    const certificateFolder = join(place.folder, `certificates-${count}`);
    mkdirSync(certificateFolder);
    const buffer = new LmdbBuffer({ folder, capacityBytes: 2 ** 24, clock: systemClock, log: silentLogger });
    await buffer.start();
    for (let n = 0; n < samples; n += 1) await buffer.append([blockAt(day + n * 1000)], []);
    await buffer.stop();
    const identity = join(folder, 'identity.json');
    const enrolled = { gatewayId: 'g1', tenantId: 't1', codeHash: 'x' };
    keepEnrolled(identity, openIdentity(identity), enrolled);
    await new LocalPassword({ folder, cost: { N: 1024, r: 8, p: 1 } }).set('three-blue-presses');
    for (const file of keys.filter((name) => name.startsWith('drivers'))) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), 'SECRET'.repeat(2000));
    }
    mkdirSync(join(folder, 'configuration'));
    const beside = [
      'configuration/reload.json',
      'local-password.json',
      'commands.journal',
      'commands.journal.damaged-1',
    ];
    for (const file of [...beside, 'buffer.mdb.damaged-1700000000000']) writeFileSync(join(folder, file), 'old');
    return {
      gatewayName: 'line-1',
      folder,
      cloudUrl: 'http://cloud',
      deliver: async () => {},
      giveUpKey: async ({ lost }) => {
        told.push(lost);
        return { outcome: 'revoked', detail: '', refusedAs: 'gateway-revoked' };
      },
      confirmed: true,
      loseSamples: false,
      certificateFolder,
      leftAlone: ['/etc/gongfu/edge.yaml'],
      agentVersion: '1',
      host: 'box',
      clock: systemClock,
      onStep: () => {},
    };
  };

  const certificateIn = ({ certificateFolder }: DecommissionOptions): Certificate => {
    const files = readdirSync(certificateFolder).filter((name) => name.endsWith('.json'));
    expect(files).to.have.length(1);
    return JSON.parse(readFileSync(join(certificateFolder, files[0]!), 'utf8')) as Certificate;
  };
  const refusal = async (options: DecommissionOptions): Promise<Problem> => {
    const before = treeOf(options.folder);
    const error = await decommission(options).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Problem);
    const added = treeOf(options.folder).filter((file) => !before.includes(file) && file !== 'buffer.mdb-lock');
    expect(added, 'nothing changed').to.deep.equal([]);
    const gone = before.filter((file) => !existsSync(join(options.folder, file)));
    expect(gone.filter((file) => file !== 'buffer.lock')).to.deep.equal([]);
    expect(readdirSync(options.certificateFolder)).to.deep.equal([]);
    return error as Problem;
  };

  it('erases everything, keys overwritten, and certifies each file', async () => {
    const options = await installed();
    // Another name of the same file shows what became of its bytes.
    const witness = join(place.folder, 'witness');
    linkSync(join(options.folder, keys[0]!), witness);
    const before = treeOf(options.folder);
    const written = await decommission(options);
    expect(readdirSync(options.folder)).to.deep.equal([]);
    expect(readFileSync(witness)).to.have.length(0);
    const { removed, lost, gateway, revocation, leftAlone } = certificateIn(options);
    expect(removed.map(({ path }) => path)).to.have.members([...new Set([...before, 'buffer.mdb-lock'])]);
    expect(removed.filter(({ overwrite }) => overwrite).map(({ path }) => path)).to.include.members(keys);
    expect(removed.find(({ path }) => path === keys[0])).to.include({ bytes: 12_000 });
    expect([lost, told]).to.deep.equal([null, [null]]);
    expect(gateway).to.include({ name: 'line-1', id: 'g1', tenantId: 't1' });
    expect(gateway.keySha256).to.match(/^[0-9a-f]{64}$/);
    expect(revocation).to.include({ outcome: 'revoked', refusedAs: 'gateway-revoked' });
    expect(leftAlone).to.deep.equal(['/etc/gongfu/edge.yaml']);
    expect(written!.text)
      .to.contain('停用证书 · Certificate of decommission')
      .and.contain('[gateway-revoked]')
      .and.not.contain('!!');
    expect(await decommission(options), 'once more').to.equal(undefined);
    expect(readdirSync(options.folder), 'no lock is left either').to.deep.equal([]);
  });

  it('asks first, and names what the cloud does not have', async () => {
    const options = await installed(3);
    const asked = await refusal({ ...options, confirmed: false });
    expect(asked.code).to.equal('decommission-unconfirmed');
    const span = '3 samples of 2026-11-27T00:00:00.000Z to 2026-11-27T00:00:02.000Z';
    expect(asked.message).to.contain(span);
    const kept = await refusal(options);
    expect(kept.code).to.equal('decommission-samples-left');
    expect(kept.message).to.contain(span);
    await decommission({ ...options, loseSamples: true });
    const lost = { samples: 3, fromTime: day, toTime: day + 2000 };
    expect(told).to.deep.equal([lost]);
    expect(certificateIn(options).lost).to.deep.include({ ...lost, gaps: 0 });
  });

  it('a buffer that cannot be read is a loss of unknown size', async () => {
    const options = await installed(3);
    writeFileSync(join(options.folder, 'buffer.mdb'), 'no store');
    expect((await refusal(options)).code).to.equal('decommission-samples-left');
    const { text } = (await decommission({ ...options, loseSamples: true }))!;
    expect(text).to.match(/could not be read .* unknown/);
    expect(told).to.deep.equal([{ samples: -1, fromTime: null, toTime: null }]);
  });

  it('an agent that was killed owes the cloud one loss', async () => {
    const options = await installed();
    const { folder } = options;
    const buffer = new LmdbBuffer({ folder, capacityBytes: 2 ** 24, clock: systemClock, log: silentLogger });
    await buffer.start();
    await buffer.append([], []);
    // As it lies there after kill -9: the store was not closed, the lock names a process that is gone.
    const copy = join(place.folder, 'killed');
    mkdirSync(copy);
    for (const name of ['buffer.mdb', 'identity.json', 'epoch']) {
      writeFileSync(join(copy, name), readFileSync(join(folder, name)));
    }
    writeFileSync(join(copy, 'buffer.lock'), '999999999 1');
    await buffer.stop();
    const problem = await refusal({ ...options, folder: copy });
    expect(problem.message).to.contain('0 samples, and 1 losses');
  });

  it('never touches what it has not made, and no link', async () => {
    const options = await installed();
    writeFileSync(join(options.folder, 'recipes.csv'), 'mine');
    symlinkSync('/etc/hostname', join(options.folder, 'drivers', 'elsewhere'));
    const problem = await refusal(options);
    expect(problem.code).to.equal('decommission-foreign-files');
    expect(problem.places.map(({ where }) => where.slice(options.folder.length + 1))).to.deep.equal([
      'drivers/elsewhere → /etc/hostname',
      'recipes.csv',
    ]);
  });

  it('writes the certificate nowhere but where it lasts', async () => {
    const options = await installed();
    for (const certificateFolder of [options.folder, join(options.folder, 'drivers'), join(place.folder, 'absent')]) {
      const error = await decommission({ ...options, certificateFolder }).catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: 'decommission-no-place' });
    }
    expect(existsSync(join(options.folder, 'identity.json'))).to.equal(true);
  });

  it('asks again before it goes on', async () => {
    const options = await installed();
    const stopped = {
      ...options,
      onStep: (step: string) => expect(step, 'the power is gone').not.to.contain('erased'),
    };
    await decommission(stopped).catch(() => undefined);
    const left = treeOf(options.folder);
    expect((await refusal({ ...options, confirmed: false })).code).to.equal('decommission-unconfirmed');
    expect(treeOf(options.folder)).to.deep.equal(left);
    expect(await decommission(options)).not.to.equal(undefined);
  });

  it('goes on from wherever it was stopped, and tells the cloud once it is written down once', async () => {
    const steps: string[] = [];
    await decommission({ ...(await installed()), onStep: (step) => steps.push(step) });
    expect(steps.length).to.be.greaterThan(7);
    for (let stop = 0; stop < steps.length; stop += 1) {
      told.length = 0;
      const options = await installed();
      const before = [...new Set([...treeOf(options.folder), 'buffer.mdb-lock'])].sort();
      let step = 0;
      const broken = await decommission({
        ...options,
        onStep: () => {
          if (step === stop) throw new Error('the power is gone');
          step += 1;
        },
      }).catch((error: Error) => error.message);
      expect(broken).to.equal('the power is gone');
      if (stop > 0) {
        expect(() => refuseUnfinished(options.folder))
          .to.throw(Problem)
          .with.property('code', 'decommission-unfinished');
      }
      await decommission(options);
      expect(readdirSync(options.folder), `stopped at ${steps[stop]}`).to.deep.equal([]);
      const { removed, gateway } = certificateIn(options);
      expect(removed.map(({ path }) => path).sort()).to.deep.equal(before);
      expect(gateway.id).to.equal('g1');
      expect(told.length).to.equal(stop === 1 ? 2 : 1);
    }
  });
});

function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function blockAt(time: number) {
  return {
    kind: 'number' as const,
    count: 1,
    tags: Uint32Array.of(1),
    sourceTimes: Float64Array.of(time),
    statuses: Uint32Array.of(0),
    values: Float64Array.of(1),
  };
}
