import { problemCatalogue as cloudProblems } from '#cloud/problems';
import { problemCatalogue as edgeProblems } from '#edge/problems';

type Catalogue = Readonly<Record<string, { readonly zh: string; readonly en: string }>>;

/** `deploy/docs/problems.md`, made from the catalogues; a tidy test holds page and code together. */
export function problemsPage(): string {
  return `# Problems 问题代码

Every error a person can act on has a code that never changes its meaning. HTTP answers carry it as \`code\` in
\`application/problem+json\`, socket answers as \`code\`, the programs print it in brackets. The text beside it says what is
wrong, where, and what to do. This page is made by \`npm run docs\`.

每个可处理的错误都有固定代码。HTTP 应答、套接字应答和命令行输出都会给出代码、原因、位置和处理办法。

## gongfu-edge

${table(edgeProblems)}

## gongfu-cloud

${table(cloudProblems)}
`;
}

function table(catalogue: Catalogue): string {
  const rows = Object.entries(catalogue)
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([code, { zh, en }]) => `| \`${code}\` | ${en} | ${zh} |`);
  return ['| Code | Meaning | 含义 |', '|---|---|---|', ...rows].join('\n');
}
