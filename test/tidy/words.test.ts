import { expect } from 'chai';
import { permissions } from '#cloud/access/principal';
import { type SourceFile, sourceFiles } from '../kit/source-tree.js';

const languages = ['en', 'zh-cn'] as const;

/** What the service names and a page shows is said in words: a name of the program there means that somebody forgot them. */
describe('tidy: words for people', () => {
  let files: SourceFile[];

  before(() => {
    files = sourceFiles().filter(({ path }) => path.startsWith('cloud/'));
  });

  /** Names that have no text in a language, as `language name`. */
  function missing(names: readonly string[], file: string): string[] {
    return languages.flatMap((language) => {
      const text = files.find(({ path }) => path === `cloud/web/i18n/${language}/${file}.ts`)?.text ?? '';
      return names
        .filter((name) => !new RegExp(`^ +'${name}': .`, 'm').test(text))
        .map((name) => `${language} ${name}`);
    });
  }

  it('every permission has some, in both languages', () => {
    expect(
      missing(
        permissions.map((permission) => permission.replace(':', '-')),
        'administration',
      ),
    ).to.deep.equal([]);
    expect(missing(['samples-invent'], 'administration')).to.have.length(2);
  });

  it('every action of the audit has some, in both languages', () => {
    const own = files.filter(({ path }) => !path.startsWith('cloud/web/'));
    const actions = own.flatMap(({ text }) =>
      [...text.matchAll(/\baction: '([a-z]+(?:-[a-z]+)+)'/g)].map(([, name]) => name!),
    );
    expect(actions.length).to.be.greaterThan(30);
    expect(missing([...new Set(actions)], 'records')).to.deep.equal([]);
  });
});
