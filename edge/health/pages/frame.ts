import { type Html, html } from './html.ts';
import type { LocalPage } from './page.ts';
import { type Language, textsOf } from './texts.ts';

export interface FrameOptions {
  readonly language: Language;
  readonly title: string;
  readonly body: Html;
  /** The address asked for, for the link to the other language. */
  readonly address: string;
  /** Changes with style and script, so that a browser may keep them. */
  readonly assetsVersion: string;
  /** Absent on what strangers see. */
  readonly inside?:
    | {
        readonly gateway: string;
        readonly pages: readonly LocalPage[];
        readonly path: string;
        /** Whether there is a session to end. */
        readonly signedIn: boolean;
      }
    | undefined;
}

/** The whole document round a page. */
export function frame({ language, title, body, address, assetsVersion, inside }: FrameOptions): string {
  const texts = textsOf[language];
  const [other, otherTag] = language === 'zh' ? ['en', 'en'] : ['zh', 'zh-CN'];
  const url = new URL(address, 'http://agent');
  url.searchParams.set('lang', other!);
  const owner = inside === undefined ? texts.product : inside.gateway;
  const query = `?v=${assetsVersion}`;
  const script = inside !== undefined && html`<script src="/assets/live.js${query}" defer></script>`;
  const links = inside?.pages.map(
    (page) =>
      html`<a href="${page.path}"${page.path === inside.path && html` aria-current="page"`}>${page.title[language]}</a>`,
  );
  const signOut =
    inside?.signedIn === true &&
    html`<form method="post" action="/sign-out"><button class="plain">${texts.signOut}</button></form>`;
  return html`<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${title} · ${owner}</title><link rel="icon" href="/assets/icon.svg${query}">
<link rel="stylesheet" href="/assets/page.css${query}">${script}</head><body>
<header><p class="owner">${owner}</p><div class="tools">
<a href="${url.pathname + url.search}" lang="${otherTag}" hreflang="${otherTag}">${texts.otherLanguage}</a>${signOut}</div></header>
${links !== undefined && html`<nav class="pages" aria-label="${texts.pages}">${links}</nav>`}
<main><h1>${title}</h1><p id="offline" role="status" data-words="${texts.offline}" hidden></p>${body}</main></body></html>`
    .text;
}
