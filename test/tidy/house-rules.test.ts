import { basename } from 'node:path';
import { expect } from 'chai';
import { sourceFiles } from '../kit/source-tree.js';

const linesMax = 350;

/** Words that name nothing (design: names). */
const emptyWord = /(^|[-.])(utils?|helpers?|common|misc|managers?|handlers?|core|abstract|impl)([-.]|$)/;

/** Time and chance come in as options; these may only stand at the edges of the program. */
const banned: readonly { readonly what: RegExp; readonly instead: string }[] = [
  { what: /\bDate\.now\(|\bnew Date\(\)/, instead: 'Clock.now()' },
  { what: /\bsetTimeout\(|\bsetInterval\(/, instead: 'Clock.after()' },
  { what: /\bMath\.random\(/, instead: 'the injected random' },
  { what: /\brejectUnauthorized:\s*false/, instead: 'a trusted certificate' },
];
const edges = [
  /^shared\/base\/clock\.ts$/,
  /^(edge|cloud)\/main\.ts$/,
  /^edge\/agent\.ts$/,
  /^cloud\/service\.ts$/,
  /^deploy\//,
  /^test\//,
  /^cloud\/web\//,
  /^edge\/health\/browser\//,
];

describe('tidy: house rules', () => {
  const files = sourceFiles();

  it('scans the whole project', () => {
    expect(files.length).to.be.greaterThan(80);
  });

  it('files have names that say something', () => {
    const nameless = files.map(({ path }) => path).filter((path) => emptyWord.test(basename(path)));
    expect(nameless).to.deep.equal([]);
  });

  it(`no file is longer than ${linesMax} lines`, () => {
    const long = files.filter(({ text }) => text.trimEnd().split('\n').length > linesMax).map(({ path }) => path);
    expect(long).to.deep.equal([]);
  });

  it('time, chance and trust come in by the door', () => {
    const breaches = files
      .filter(({ path }) => !edges.some((edge) => edge.test(path)))
      .flatMap(({ path, text }) =>
        text
          .split('\n')
          .flatMap((line, index) =>
            banned
              .filter(({ what }) => what.test(line) && !/^\s*(\/\/|\*)/.test(line))
              .map(({ instead }) => `${path}:${index + 1}: use ${instead}`),
          ),
      );
    expect(breaches).to.deep.equal([]);
  });

  it('nothing is left unfinished or silenced', () => {
    const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME', '@ts-' + 'ignore', 'as ' + 'any\\b', '\\.only\\('].join('|'));
    const found = files.filter(({ path, text }) => path !== 'test/tidy/house-rules.test.ts' && marks.test(text));
    expect(found.map(({ path }) => path)).to.deep.equal([]);
  });
});
