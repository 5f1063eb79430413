import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Button, ConfigProvider } from 'antd';
import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { useTranslation } from 'react-i18next';
import { BrowserRouter, Link, Navigate, Route, Routes, useLocation } from 'react-router';
import { sectionsOf } from './administration-sections.ts';
import { useAntdLocale } from './antd-locale.ts';
import { ApiProblem } from './api-client.ts';
import { Appearance, useAppearance } from './appearance.tsx';
import type { Texts } from './i18n/texts.ts';
import { startTranslation } from './i18n/translation.ts';
import { oidcReturnPath } from './oidc.ts';
import { FirstPasswordPage, OidcReturnPage, OpenedPage, pages, SignInPage } from './pages.tsx';
import { FaultBoundary } from './panels/fault-boundary.tsx';
import { Frame } from './panels/frame.tsx';
import { Notice } from './panels/notice.tsx';
import { ProblemNotice } from './panels/problem-notice.tsx';
import type { Language } from './preferences.ts';
import { SessionProvider, useSession } from './session.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; silence is worth asking again, and so is a platform that says when it has time.
      retry: (failures, error) =>
        isBusy(error)
          ? failures < 5
          : failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
      retryDelay: (failures, error) =>
        isBusy(error) && error.retryAfterMs !== undefined
          ? error.retryAfterMs * (1 + Math.random())
          : 1_000 * 2 ** failures,
      refetchOnWindowFocus: true,
    },
  },
});

function isBusy(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && error.status === 429;
}

/** `texts`: those of that language. */
export async function showApp(element: HTMLElement, language: Language, texts: Texts): Promise<void> {
  await startTranslation(language, texts);
  createRoot(element).render(
    <StrictMode>
      <BrowserRouter>
        <Appearance>
          <Themed />
        </Appearance>
      </BrowserRouter>
    </StrictMode>,
  );
}

function Themed() {
  const { antdTheme } = useAppearance();
  const locale = useAntdLocale();
  return (
    <ConfigProvider theme={antdTheme} locale={locale} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <FaultBoundary fallback={<Broken />}>
            <Door />
          </FaultBoundary>
        </SessionProvider>
      </QueryClientProvider>
    </ConfigProvider>
  );
}

/** The address stays what it is while one signs in, so a link that was sent opens after it. */
function Door() {
  const { state, checkAgain } = useSession();
  const { pathname } = useLocation();
  switch (state.phase) {
    case 'checking':
      return <Frame busy />;
    case 'unreachable':
      return (
        <Frame>
          <ProblemNotice problem={state.problem} onRetry={checkAgain} />
        </Frame>
      );
    case 'signed-out':
      return (
        <Suspense>{pathname === oidcReturnPath ? <OidcReturnPage /> : <SignInPage ended={state.ended} />}</Suspense>
      );
    case 'signed-in':
      if (state.user.mustChangePassword) {
        return (
          <Suspense fallback={<Frame busy />}>
            <FirstPasswordPage {...state} />
          </Suspense>
        );
      }
      return (
        <Routes>
          {pages.map(({ path, page }) => (
            <Route
              key={path}
              path={path}
              element={
                <Suspense fallback={<Frame busy />}>
                  <OpenedPage key={`${path} ${state.token}`} page={page} token={state.token} user={state.user} />
                </Suspense>
              }
            />
          ))}
          <Route
            path="/administration"
            element={<Navigate to={`/administration/${sectionsOf(state.user)[0]?.id ?? 'users'}`} replace />}
          />
          <Route path="*" element={<NotFound />} />
        </Routes>
      );
  }
}

/** The page itself failed; loading it anew also fetches what a newer version of the platform put in its place. */
function Broken() {
  const { t } = useTranslation();
  return (
    <Notice title={t('problem.unexpected')} role="alert">
      <Button onClick={() => location.reload()}>{t('problem.retry')}</Button>
    </Notice>
  );
}

function NotFound() {
  const { t } = useTranslation();
  return (
    <Frame>
      <Notice title={t('problem.notFound')}>
        <Link to="/">{t('problem.toOverview')}</Link>
      </Notice>
    </Frame>
  );
}
