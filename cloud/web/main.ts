import { askAhead } from './head-start.ts';
import { texts } from './i18n/texts.ts';
import { initialLanguage } from './preferences.ts';
import { keptPair } from './session-tokens.ts';
import './style.css';

// Small, so that it runs first: what the page needs comes side by side, not one after the other.
askAhead();
// Most visits begin there.
if (location.pathname === '/' && keptPair() !== undefined)
  void import('./pages/overview-page.tsx').catch(() => undefined);
const language = initialLanguage();
// Not awaited: what comes needs this very file, which would not have run to its end.
void Promise.all([import('./app.tsx'), texts[language]()]).then(([{ showApp }, told]) =>
  showApp(document.getElementById('root')!, language, told),
);
