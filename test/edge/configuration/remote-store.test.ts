import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { RemoteStore } from '#edge/configuration/remote-store';
import { temporaryFolder } from '#test/kit/folders';

describe('versions from the cloud on disk', () => {
  it('that are damaged are put aside and do not keep the agent from starting', () => {
    const { folder, remove } = temporaryFolder();
    const file = join(folder, 'configuration', 'remote.json');
    mkdirSync(join(folder, 'configuration'));
    writeFileSync(file, '{"inUse":{"id":');
    const store = new RemoteStore({ bufferFolder: folder });
    expect(store.open(1_700)).to.equal(`${file}.damaged-1700`);
    expect(readFileSync(`${file}.damaged-1700`, 'utf8')).to.equal('{"inUse":{"id":');
    expect(store.state).to.deep.equal({ inUse: null, trial: null, results: [] });
    store.begin({ id: 'v1', number: 1, text: 'sources: []' });
    const again = new RemoteStore({ bufferFolder: folder });
    expect(again.open(1_800)).to.equal(undefined);
    expect(again.state.trial).to.deep.equal({ id: 'v1', number: 1, replaces: null });
    remove();
  });
});
