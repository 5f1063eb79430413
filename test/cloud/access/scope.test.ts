import { expect } from 'chai';
import fc from 'fast-check';
import type { Principal } from '#cloud/access/principal';
import { permissionsOf, type Role, roles } from '#cloud/access/roles';
import { isWithin, sees } from '#cloud/access/scope';
import { requireWithinOwn } from '#cloud/access/user-rights';
import { gatewayIn, sightOf } from '#cloud/assets/sight';

const segment = fc.constantFrom('a', 'b', 'a1');
const path = fc.array(segment, { minLength: 1, maxLength: 4 });
const idOf = (segments: readonly string[]) => segments.join('.');
const scopes = fc.option(fc.array(path.map(idOf), { maxLength: 3 }), { nil: null });

describe('scope', () => {
  it('sees the asset named and all under it, by whole names, and nothing above or beside', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 3 }), path, (roots, asset) => {
        const begins = (root: readonly string[]) => root.every((name, place) => asset[place] === name);
        expect(sees({ scope: roots.map(idOf) }, idOf(asset))).to.equal(roots.some(begins));
        expect(sees({ scope: null }, idOf(asset))).to.equal(true);
      }),
    );
  });

  it('within another never sees what that one does not', () => {
    fc.assert(
      fc.property(scopes, scopes, fc.array(path.map(idOf), { maxLength: 20 }), (inner, outer, assets) => {
        fc.pre(isWithin(inner, outer));
        for (const asset of assets)
          if (sees({ scope: inner }, asset)) expect(sees({ scope: outer }, asset)).to.equal(true);
      }),
    );
    expect(isWithin(null, ['a'])).to.equal(false);
    expect(isWithin(['a'], ['a.b'])).to.equal(false);
    expect(isWithin(['a.b'], ['a'])).to.equal(true);
  });

  it('takes from every role what acts on the whole tenant', () => {
    for (const role of Object.keys(roles)) {
      for (const permission of [
        'users:manage',
        'gateways:enrol',
        'gateways:configure',
        'audit:read',
        'api-keys:manage',
        'tenants:manage',
      ] as const) {
        expect(permissionsOf(role, ['a']).has(permission), `${role} ${permission}`).to.equal(false);
      }
    }
  });
});

describe('sight', () => {
  const feeds = [
    { assetId: 'a.x', gatewayId: 'g', source: 'plc', tag: 'speed' },
    { assetId: 'b.y', gatewayId: 'g', source: 'other', tag: 'speed' },
    { assetId: 'b.y', gatewayId: 'h', source: 'plc', tag: 'torque' },
  ];
  const heartbeat = {
    backlogBatches: 0,
    backlogBytes: 0,
    capacityBytes: 1,
    oldestTime: null,
    samplesPerSecond: 1,
    gapsTotal: 0,
    sources: ['plc', 'other'].map((name) => ({ name, driver: 'modbus', state: 'connected' as const, detail: '' })),
  };

  it('carries a scope over to the tags, sources and gateways that feed it', () => {
    const sight = sightOf({ scope: ['a'] }, feeds);
    expect(sight.tag({ gatewayId: 'g', source: 'plc', name: 'speed' })).to.equal(true);
    expect(sight.tag({ gatewayId: 'g', source: 'other', name: 'speed' }), 'same name, another source').to.equal(false);
    expect(sight.tag({ gatewayId: 'g', source: 'plc', name: 'of no asset' })).to.equal(false);
    expect(sight.gateway('g')).to.equal(true);
    expect(sight.gateway('h')).to.equal(false);
    expect(sight.source('g', '')).to.equal(true);
    expect(sight.source('h', '')).to.equal(false);
    expect(gatewayIn(sight, { gatewayId: 'h', heartbeat })).to.equal(undefined);
    expect(gatewayIn(sight, { gatewayId: 'g', heartbeat })?.heartbeat?.sources.map(({ name }) => name)).to.deep.equal([
      'plc',
    ]);
    expect(gatewayIn(sight, { gatewayId: 'g', heartbeat: null })).to.deep.equal({ gatewayId: 'g', heartbeat: null });
  });

  it('without a scope is of everything', () => {
    const sight = sightOf({ scope: null }, []);
    expect(sight.tagQuery).to.deep.equal({});
    expect(sight.tag({ gatewayId: 'h', source: 'plc', name: 'of no asset' })).to.equal(true);
    expect(gatewayIn(sight, { gatewayId: 'g', heartbeat })?.heartbeat?.sources).to.have.length(2);
  });
});

describe('rights given', () => {
  it('are never beyond those of the giver, for every pair of roles', () => {
    const scopesTried = [null, ['a'], ['a.b'], ['c']];
    let given = 0;
    for (const giver of Object.keys(roles)) {
      for (const role of Object.keys(roles) as Role[]) {
        for (const own of scopesTried) {
          for (const scope of scopesTried) {
            const principal = { permissions: permissionsOf(giver, own), scope: own } as Principal;
            try {
              requireWithinOwn(principal, { role, scope });
            } catch {
              continue;
            }
            given += 1;
            expect(isWithin(scope, own)).to.equal(true);
            for (const one of permissionsOf(role, scope)) {
              expect(principal.permissions.has(one) || one === 'session:own', `${giver} gave ${role}: ${one}`).to.equal(
                true,
              );
            }
          }
        }
      }
    }
    expect(given).to.be.greaterThan(20);
  });
});
