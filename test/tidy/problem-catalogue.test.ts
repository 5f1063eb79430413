import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { problemCatalogue as cloudProblems } from '#cloud/problems';
import { problemsPage } from '#deploy/docs/problems-page';
import { problemCatalogue as edgeProblems } from '#edge/problems';
import { checkoutFolder, sourceFiles } from '../kit/source-tree.js';

type Catalogue = Readonly<Record<string, { readonly zh: string; readonly en: string }>>;
const programs: readonly { readonly name: string; readonly catalogue: Catalogue }[] = [
  { name: 'edge', catalogue: edgeProblems },
  { name: 'cloud', catalogue: cloudProblems },
];

/** Codes written in the sources of a room: fields of a Problem, a refusal or an answer. */
function codesIn(folder: string): Map<string, string> {
  const codes = new Map<string, string>();
  const files = sourceFiles().filter(({ path }) => path.startsWith(`${folder}/`) && !path.startsWith('cloud/web/'));
  for (const { path, text } of files) {
    for (const match of text.matchAll(/\bcode:[^'\n;]*'([a-z][a-z0-9]*(?:-[a-z0-9]+)+)'(?:\s*:\s*'([a-z0-9-]+)')?/g)) {
      for (const code of [match[1], match[2]]) if (code !== undefined) codes.set(code, path);
    }
  }
  return codes;
}

describe('tidy: problem catalogue', () => {
  for (const { name, catalogue } of programs) {
    it(`${name}: every code in the source is listed, in both languages`, () => {
      const codes = codesIn(name);
      expect(codes.size).to.be.greaterThan(5);
      expect(
        [...codes].filter(([code]) => !(code in catalogue)).map(([code, path]) => `${code} (${path})`),
      ).to.deep.equal([]);
      for (const [code, texts] of Object.entries(catalogue)) {
        expect(texts.en, code).to.match(/\w{3}/);
        expect(texts.zh, code).to.match(/[\u4e00-\u9fff]{2}/);
      }
    });

    it(`${name}: every listed code is used, here or in shared`, () => {
      const used = new Set([...codesIn(name).keys(), ...codesIn('shared').keys()]);
      const isCatalogue = (path: string) => path === `${name}/problems.ts` || path.endsWith('/problem-texts.ts');
      const sources = sourceFiles().filter(({ path }) => path.startsWith(`${name}/`) && !isCatalogue(path));
      const dead = Object.keys(catalogue).filter(
        (code) => !used.has(code) && !sources.some(({ text }) => text.includes(`'${code}'`)),
      );
      expect(dead).to.deep.equal([]);
    });
  }

  it('the page in deploy/docs is the one the catalogues make', () => {
    expect(readFileSync(join(checkoutFolder, 'deploy/docs/problems.md'), 'utf8'), 'npm run docs').to.equal(
      problemsPage(),
    );
  });
});
