import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@gongfu/shared/base/folder';
import { expect } from 'chai';
import { temporaryFolder } from '#test/kit/folders';

describe('makeFolders', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  it('makes all that is missing, and leaves alone what is there', () => {
    const deep = join(folder, 'a', 'b', 'c');
    makeFolders(deep);
    makeFolders(deep);
    makeFolders(`${deep}/`);
    makeFolders('/');
    expect(statSync(deep).isDirectory()).to.equal(true);
  });

  it('comes back with the error of the system', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => makeFolders(file)).to.throw('EEXIST');
    expect(() => makeFolders(join(file, 'below'))).to.throw('ENOTDIR');
    if (process.platform === 'linux') expect(() => makeFolders('/proc/gongfu/below')).to.throw('ENOENT');
  });
});
