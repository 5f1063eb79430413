import { expect } from 'chai';
import type { Principal, Scope } from '#cloud/access/principal';
import type { AssetView } from '#cloud/assets/asset-catalogue';
import { livePage } from '#cloud/assets/live-pages';

const plant = [
  view('site', null),
  view('site.line-1', 'site'),
  view('site.line-1.press', 'site.line-1', ['11', null, '12']),
  view('site.line-2', 'site'),
  view('site.line-2.oven', 'site.line-2', ['21']),
];

function view(assetId: string, parentId: string | null, tagIds: (string | null)[] = []): AssetView {
  const signals = tagIds.map((tagId) => ({ role: 'state' as const, gateway: 'g', tagId, unit: '' }));
  return { assetId, parentId, signals } as unknown as AssetView;
}

function page(address: string, scope: Scope = null) {
  const principal = { tenantId: 'a', scope } as Principal;
  return livePage(principal, address, { views: (tenantId) => (tenantId === 'a' ? plant : []) });
}

describe('live pages of the plant', () => {
  it('the overview shows every asset, a line itself and what stands in it, a machine itself with its signals', () => {
    expect(page('/')?.assets).to.have.length(5);
    expect(page('/lines/site.line-1')).to.deep.equal({ tags: [], assets: ['site.line-1', 'site.line-1.press'] });
    expect(page('/machines/site.line-1.press')).to.deep.equal({ tags: [11, 12], assets: ['site.line-1.press'] });
    expect(page('/machines/site%2Eline-1.press')?.tags).to.deep.equal([11, 12]);
  });

  it('shows of it what the scope does', () => {
    expect(page('/', ['site.line-2'])?.assets).to.deep.equal(['site.line-2', 'site.line-2.oven']);
    expect(page('/machines/site.line-1.press', ['site.line-2'])).to.equal(undefined);
    expect(page('/lines/site.line-1', ['site.line-1.press'])).to.equal(undefined);
  });

  it('is nothing for an address that is no such page', () => {
    for (const address of ['', 'lines/site', '/lines/', '/lines/x/y', '/account', '/machines/%', '/?a=b', '//site']) {
      expect(page(address), address).to.equal(undefined);
    }
  });
});
