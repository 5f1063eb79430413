import { definePlugin } from '@gongfu/shared/sdk/plugin';
import { kpis } from './kpis.ts';
import { manifest } from './manifest.ts';
import { pages } from './pages.ts';
import { routes } from './routes.ts';
import { keepTypical } from './typical.ts';

export const plugin = definePlugin({
  manifest,
  kpis,
  pages,
  routes,
  jobs: [{ id: 'typical', everyMs: 600_000, run: keepTypical }],
});
