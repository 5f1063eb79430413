import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { expect } from 'chai';
import { TagCatalogue } from '#cloud/gateways/tag-catalogue';
import { connectRecords } from '#cloud/records/connect';
import type { GatewayRecord, Records } from '#cloud/records/records';

const gateway = { _id: 'gateway-1', tenantId: 'tenant-1' } as GatewayRecord;

function declared(number: number, name: string, unit = ''): TagDeclaration {
  return { number, source: 'press', name, type: 'float64', unit, scaled: false, description: '', maxSilentMs: 1000 };
}

describe('tag catalogue', () => {
  let folder: string;
  let records: Records;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tag-catalogue-'));
    records = await connectRecords({ folder, log: silentLogger });
  });
  after(async () => {
    await records.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('numbers a tag once, whoever declares it and as what', async () => {
    const catalogue = new TagCatalogue({
      records,
      onListenerError: (error) => {
        throw error;
      },
    });
    const changes: string[] = [];
    catalogue.changed.on(({ gatewayId }) => changes.push(gatewayId));
    const [first, second, third] = await Promise.all([
      catalogue.declareNew(gateway, [declared(0, 'a'), declared(1, 'b')]),
      // One of them is there by then, and described otherwise.
      catalogue.declareNew(gateway, [declared(5, 'c'), declared(6, 'b', 'bar'), declared(7, 'd')]),
      catalogue.declare(
        gateway,
        ['a', 'b', 'c', 'd'].map((name, number) => declared(number, name, 'bar')),
      ),
    ]);
    expect(second.get(6)).to.deep.equal(first.get(1));
    expect([third.get(0), third.get(2), third.get(3)]).to.deep.equal([first.get(0), second.get(5), second.get(7)]);
    const tags = await records.tags.find({ gatewayId: gateway._id }).lean();
    expect(tags.map(({ name }) => name)).to.have.members(['a', 'b', 'c', 'd']);
    expect(new Set(tags.map(({ number }) => number)).size).to.equal(4);
    expect(tags.map(({ unit }) => unit)).to.deep.equal(['bar', 'bar', 'bar', 'bar']);
    expect(changes).to.deep.equal(['gateway-1', 'gateway-1', 'gateway-1']);
    await catalogue.declare(gateway, [declared(0, 'a', 'bar')]);
    expect(changes).to.have.length(3);
  });
});
