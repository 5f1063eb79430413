import { chownSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { replaceFile } from '#edge/tag-files/tag-file';
import { temporaryFolder } from '#test/kit/folders';

describe('a file that is replaced', () => {
  it('stays as closed as it was, of the same owner, and behind the link that leads to it', () => {
    const { folder, remove } = temporaryFolder();
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, 'old', { mode: 0o600 });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(file, 4711, 4712);
    const link = join(folder, 'link.yaml');
    symlinkSync(file, link);
    replaceFile(link, 'old', 'new');
    expect(lstatSync(link).isSymbolicLink()).to.equal(true);
    expect(readFileSync(file, 'utf8')).to.equal('new');
    expect(readFileSync(`${file}.before`, 'utf8')).to.equal('old');
    for (const name of [file, `${file}.before`]) {
      expect(statSync(name).mode & 0o777).to.equal(0o600);
      if (isRoot) expect(statSync(name)).to.include({ uid: 4711, gid: 4712 });
    }
    remove();
  });
});
