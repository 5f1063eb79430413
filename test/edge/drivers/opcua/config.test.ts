import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import fc from 'fast-check';
import { readEdgeConfig } from '#edge/config';
import { opcuaSourceSchema, opcuaTagSchema } from '#edge/drivers/opcua/config';
import { opcuaKind } from '#edge/drivers/opcua/kind';
import { planSubscriptions, split } from '#edge/drivers/opcua/plan';
import { tagOf } from './recording.ts';

function faults(
  schema: {
    safeParse(value: unknown): { error?: { issues: readonly { path: PropertyKey[]; message: string }[] } | undefined };
  },
  value: unknown,
): string[] {
  return (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const endpoint = 'opc.tcp://10.0.0.12:4840/line';

function places(text: string): readonly string[] {
  try {
    readEdgeConfig('edge.yaml', text, {});
    return [];
  } catch (error) {
    return (error as Problem).places.map(({ where, what }) => `${where} ${what}`);
  }
}

describe('OPC UA configuration', () => {
  it('needs an endpoint only', () => {
    expect(opcuaSourceSchema.parse({ endpoint })).to.deep.equal({
      endpoint,
      securityPolicy: 'None',
      sessionTimeout: 600_000,
      timeout: 10_000,
      queueSize: 100,
      mode: 'subscribe',
      history: true,
    });
  });

  it('names each fault', () => {
    expect(faults(opcuaSourceSchema, { endpoint: 'http://10.0.0.12:4840' })[0]).to.include('opc.tcp://host:4840');
    expect(faults(opcuaSourceSchema, { endpoint: 'opc.tcp://me:secret@10.0.0.12' })[0]).to.include('without user name');
    expect(faults(opcuaSourceSchema, { endpoint, securityMode: 'Sign' })[0]).to.include('needs a securityPolicy');
    expect(
      faults(opcuaSourceSchema, { endpoint, securityPolicy: 'Basic256Sha256', securityMode: 'None' })[0],
    ).to.include('Sign');
    expect(faults(opcuaSourceSchema, { endpoint, password: 'x' })[0]).to.include('add user');
    expect(faults(opcuaSourceSchema, { endpoint, userKey: 'k.pem' })[0]).to.include('go together');
    expect(
      faults(opcuaSourceSchema, { endpoint, user: 'a', userCertificate: 'c.pem', userKey: 'k.pem' })[0],
    ).to.include('by password or by certificate');
    expect(faults(opcuaSourceSchema, { endpoint, queue: 5 })).to.have.length(1);
    expect(faults(opcuaTagSchema, { nodeId: 'Line1.Temp' })[0]).to.include('ns=2;s=Line1.Temp');
    expect(faults(opcuaTagSchema, { nodeId: 'i=1', serverDeadband: '120%' })[0]).to.include('as "2%"');
    expect(faults(opcuaTagSchema, { nodeId: 'i=1', serverDeadband: '2.5%', element: 0 })).to.deep.equal([]);
    expect(faults(opcuaTagSchema, { nodeId: 'i=1', samplingInterval: 100 })).to.have.length(1);
    for (const field of ['Where.X', 'Axes[2].Load', '甲'])
      expect(faults(opcuaTagSchema, { nodeId: 'i=1', field })).to.deep.equal([]);
    for (const field of ['', 'a..b', 'a.', '[1]', 'a[x]', 'a[1]b'])
      expect(faults(opcuaTagSchema, { nodeId: 'i=1', field })[0]).to.include('Where.X, Axes[2].Load');
  });

  it('refuses keys of a subscription where there is none, each at its place', () => {
    const text = `
      gateway: { name: gw }
      buffer: { path: b }
      sources:
        - name: s
          driver: opcua
          endpoint: ${endpoint}
          mode: poll
          tags:
            - { name: a, nodeId: i=1, type: int32, element: 0 }
            - { name: b, nodeId: i=2, type: int32, samplingInterval: 100ms, queueSize: 5 }
            - { name: c, nodeId: i=3, type: int32, trigger: status, serverDeadband: 2%, discardOldest: true }`;
    expect(places(text)).to.have.length(5);
    expect(places(text)[0])
      .to.include('edge.yaml:11')
      .and.include('samplingInterval is for subscriptions, and mode: poll');
    expect(text.replace('mode: poll', 'mode: subscribe')).to.satisfy((fine: string) =>
      Boolean(readEdgeConfig('edge.yaml', fine, {})),
    );
  });

  it('refuses what cannot be written or called, each at its place', () => {
    const call = 'call: { object: i=1, method: i=2';
    const text = `
      gateway: { name: gw }
      buffer: { path: b }
      sources:
        - name: s
          driver: opcua
          endpoint: ${endpoint}
          tags:
            - { name: a, nodeId: i=1, type: int32, ${call} } }
            - { name: b, nodeId: i=2, type: int32, write: { min: 0, max: 9 }, ${call}, arguments: [{ constant: 3 }] } }
            - { name: c, nodeId: i=3, type: int32, write: { min: 0, max: 9 }, field: X }
            - { name: d, nodeId: i=4, type: int32, write: { min: 0, max: 9 }, element: 2 }
            - { name: e, nodeId: i=5, type: bool, write: {}, ${call}, arguments: [] } }`;
    const what = places(text);
    expect(what).to.have.length(3);
    expect(what[0]).to.include('edge.yaml:9').and.include('add write');
    expect(what[1]).to.include('edge.yaml:10').and.include('called by true');
    expect(what[2]).to.include('edge.yaml:11').and.include('a field of a structure');
  });

  it('plans each tag into exactly one subscription, by interval and within the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(100, 250, 1_000, 60_000), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (intervals, limit) => {
          const tags = intervals.map((intervalMs, index) => tagOf(index, `i=${index}`, 'int32', { intervalMs }));
          const plans = planSubscriptions(tags, limit);
          expect(plans.flatMap((plan) => plan.tags.map((tag) => tag.number)).sort((a, b) => a - b)).to.deep.equal(
            tags.map((tag) => tag.number),
          );
          for (const plan of plans) {
            expect(plan.tags.length).to.be.within(1, limit);
            expect(new Set(plan.tags.map((tag) => tag.intervalMs)).size).to.equal(1);
            expect(plan.publishingIntervalMs).to.equal(Math.min(10_000, plan.tags[0]!.intervalMs));
          }
        },
      ),
    );
    expect(split([1, 2, 3], 0)).to.deep.equal([[1, 2, 3]]);
    expect(split([], 0)).to.deep.equal([]);
  });

  it('shows the plan without connecting', () => {
    const source = opcuaSourceSchema.parse({ endpoint });
    const lines = opcuaKind.plan(source, [
      tagOf(1, 'ns=2;s=A', 'int64'),
      tagOf(2, 'ns=2;s=B', 'bool', { intervalMs: 500 }),
    ]);
    expect(lines.map((plan) => [plan.intervalMs, plan.tags])).to.deep.equal([
      [100, [{ name: 'tag-1', address: 'ns=2;s=A', type: 'int64' }]],
      [500, [{ name: 'tag-2', address: 'ns=2;s=B', type: 'bool' }]],
    ]);
  });
});
