import { type Html, html } from './html.ts';
import type { Texts } from './texts.ts';

/** Why it did not work, or nothing yet. */
export type SignInTrouble = 'wrong' | 'unreadable' | { readonly waitSeconds: number } | undefined;

const command = 'gongfu-edge password -c edge.yaml';

/** All a stranger sees: it names neither gateway nor plant. */
export function signInForm(texts: Texts, options: { next: string; trouble: SignInTrouble }): Html {
  const { signIn: words } = texts;
  const { next, trouble } = options;
  const told =
    trouble === undefined ? '' : typeof trouble === 'object' ? words.wait(trouble.waitSeconds) : words[trouble];
  const alert = html`<p class="alert" role="alert">${told}</p>`;
  return html`<form class="sign-in" method="post" action="/sign-in">
<input type="hidden" name="next" value="${next}"><label>${words.password}
<input type="password" name="password" autocomplete="current-password" required maxlength="800" autofocus></label>
${told !== '' && alert}<button>${words.submit}</button>
<p class="quiet">${words.forgotten}</p><pre>${command}</pre></form>`;
}

/** Without a password nobody but those at the machine itself gets in. */
export function closedNotice({ signIn: words }: Texts): Html {
  return html`<div class="sign-in"><p>${words.closed}</p><p>${words.closedAdvice}</p><pre>${command}</pre></div>`;
}
