import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type HtmlTagDescriptor, type Plugin } from 'vite';

const app = fileURLToPath(new URL('app.tsx', import.meta.url));

const seldomChanged = ['react', 'react-dom', 'react-router', 'react-i18next', 'i18next', '@tanstack[\\\\/]react-query'];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  plugins: [react(), loadedAhead()],
  build: {
    outDir: fileURLToPath(new URL('../web-dist', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: addresses, which the content security policy allows for pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'start',
              priority: 2,
              test: /cloud[\\/]web[\\/](main|head-start|session-tokens|preferences|i18n[\\/]texts)\.ts$/,
            },
            // A few files instead of thirty: what every page needs, of which the libraries change seldom, and what the plant's need.
            {
              name: 'libraries',
              priority: 1,
              test: new RegExp(`node_modules[\\\\/](${seldomChanged.join('|')})[\\\\/]`),
            },
            // What signing in needs too must not stand beside the overview.
            {
              name: 'app',
              test: /cloud[\\/]web[\\/](app\.tsx|formats\.ts)$|node_modules[\\/]antd[\\/]es[\\/]alert[\\/]/,
            },
            { name: 'overview', test: /cloud[\\/]web[\\/]pages[\\/]overview-page\.tsx$/ },
          ],
        },
      },
    },
  },
});

/** The browser is told in the page itself what the small first script will ask for. */
function loadedAhead(): Plugin {
  return {
    name: 'loaded-ahead',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }): HtmlTagDescriptor[] {
        const chunks = Object.values(bundle).filter((one) => one.type === 'chunk');
        const first = chunks.filter(
          ({ facadeModuleId, moduleIds }) => facadeModuleId === app || moduleIds.includes(app),
        );
        if (first.length === 0) throw new Error('no chunk holds app.tsx');
        const files = new Set(first.map(({ fileName }) => fileName));
        for (const file of files) {
          for (const { fileName, imports } of chunks) if (fileName === file) for (const one of imports) files.add(one);
        }
        const needed = chunks.filter(({ fileName, name }) => files.has(fileName) && name !== 'start');
        const styles = needed.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]);
        return [
          ...needed.map(({ fileName }) => linkTo('modulepreload', fileName)),
          ...styles.map((file) => linkTo('stylesheet', file)),
        ];
      },
    },
  };
}

function linkTo(rel: string, file: string): HtmlTagDescriptor {
  return { tag: 'link', attrs: { rel, crossorigin: true, href: `/${file}` }, injectTo: 'head' };
}
