import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import fc from 'fast-check';
import { Namespaces } from '#edge/drivers/opcua/namespaces';
import { parseNodeAddress, readNodeAddress } from '#edge/drivers/opcua/node-address';

const core = 'http://opcfoundation.org/UA/';

describe('OPC UA node address', () => {
  it('reads the forms people write', () => {
    const read = (text: string): unknown[] => {
      const { namespace, identifier } = parseNodeAddress(text);
      return [namespace, identifier];
    };
    expect(read('i=2258')).to.deep.equal([0, 'i=2258']);
    expect(read('ns=2;s=Line1.Temp')).to.deep.equal([2, 's=Line1.Temp']);
    expect(read('nsu=http://vendor/;s=a;b=c')).to.deep.equal(['http://vendor/', 's=a;b=c']);
    expect(read('nsu=urn:a%3Bb%25;i=1')).to.deep.equal(['urn:a;b%', 'i=1']);
    expect(read('ns=4;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63')[1]).to.equal('g=72962B91-FA75-4AE6-8D28-B404DC7DAF63');
    expect(read('ns=1;b=M/RbKBsRVkePCePcx24oRA==')[1]).to.equal('b=M/RbKBsRVkePCePcx24oRA==');
    expect(read('ns=3;s="DB1"."工 位"')[1]).to.equal('s="DB1"."工 位"');
  });

  it('refuses what is no address, with the forms it knows', () => {
    const wrong = [
      '',
      'Line1',
      's=',
      'ns=2',
      'ns=x;s=a',
      'ns=70000;s=a',
      'i=4294967296',
      'i=-1',
      'i=1.5',
      'g=12',
      'b=*',
      'nsu=;s=a',
      'q=1',
    ];
    for (const text of wrong) {
      expect(readNodeAddress(text), text).to.equal(undefined);
      expect(() => parseNodeAddress(text)).to.throw(Problem, text);
    }
  });

  it('follows a namespace through any renumbering, by index as by URI', () => {
    const uris = ['http://a/', 'http://b/', 'http://c/', 'http://d/'];
    const arrays = fc.shuffledSubarray(uris).map((order) => [core, 'urn:server', ...order]);
    fc.assert(
      fc.property(arrays, fc.array(arrays), fc.integer({ min: 2, max: 5 }), (first, later, index) => {
        const namespaces = new Namespaces();
        const byIndex = parseNodeAddress(`ns=${index};s=X`);
        const uri = first[index];
        expect(namespaces.resolve(byIndex, first)).to.equal(uri === undefined ? undefined : `ns=${index};s=X`);
        if (uri === undefined) return;
        const byUri = parseNodeAddress(`nsu=${uri};s=X`);
        for (const array of later) {
          const now = array.indexOf(uri);
          const expected = now === -1 ? undefined : `ns=${now};s=X`;
          expect(namespaces.resolve(byIndex, array)).to.equal(expected);
          expect(namespaces.resolve(byUri, array)).to.equal(expected);
        }
      }),
    );
  });

  it('leaves the two fixed namespaces where they are', () => {
    const namespaces = new Namespaces();
    expect(namespaces.resolve(parseNodeAddress('ns=1;i=5'), [core, 'urn:one'])).to.equal('ns=1;i=5');
    expect(namespaces.resolve(parseNodeAddress('ns=1;i=5'), [core, 'urn:renamed'])).to.equal('ns=1;i=5');
    expect(namespaces.resolve(parseNodeAddress('i=5'), [core])).to.equal('ns=0;i=5');
  });
});
