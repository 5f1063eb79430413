import type { Browser, CDPSession, Page } from 'playwright-core';
import { percentiles, round } from './process-meter.ts';

/** Counts what React puts on the page, by the hook it looks for when it starts; for `addInitScript`. */
export const commitCounter = `window.reactCommits = 0;
window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
  renderers: new Map(),
  supportsFiber: true,
  inject: () => 1,
  onScheduleFiberRoot() {},
  onCommitFiberUnmount() {},
  onPostCommitFiberRoot() {},
  onCommitFiberRoot() { window.reactCommits += 1; },
};`;

const startScript = `{
  const seen = { frameGapsMs: [], longTasksMs: [], isOver: false };
  window.seen = seen;
  window.reactCommits = 0;
  const tasks = new PerformanceObserver((list) =>
    seen.longTasksMs.push(...list.getEntries().map(({ duration }) => duration)));
  tasks.observe({ type: 'longtask' });
  let last = performance.now();
  requestAnimationFrame(function frame(now) {
    seen.frameGapsMs.push(now - last);
    last = now;
    if (seen.isOver) tasks.disconnect(); else requestAnimationFrame(frame);
  });
}`;

interface Seen {
  readonly frameGapsMs: number[];
  readonly longTasksMs: number[];
  readonly reactCommits: number;
}

/**
 * What a page costs while something happens on it: smoothness as the person sees it, and the processor time of its
 * renderer, which says more than the clock where other programs run too.
 */
export async function pageCost(page: Page, task: () => Promise<unknown>): Promise<object> {
  const browser = page.context().browser()!;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  await page.evaluate(startScript);
  const before = { page: await metricsOf(devtools), cpu: await rendererCpuSeconds(browser), at: performance.now() };
  await task();
  const seconds = (performance.now() - before.at) / 1000;
  const after = { page: await metricsOf(devtools), cpu: await rendererCpuSeconds(browser) };
  const seen = await page.evaluate<Seen>('seen.isOver = true, { ...seen, reactCommits }');
  await devtools.detach();
  const spent = (name: string) => (after.page.get(name) ?? 0) - (before.page.get(name) ?? 0);
  return {
    seconds: round(seconds, 1),
    framesPerSecond: round(seen.frameGapsMs.length / seconds, 1),
    frameMs: percentiles(seen.frameGapsMs),
    framesOver20MsShare: round(seen.frameGapsMs.filter((ms) => ms > 20).length / seen.frameGapsMs.length, 4),
    longTasks: { count: seen.longTasksMs.length, longestMs: Math.max(0, ...seen.longTasksMs) },
    reactCommitsPerSecond: round(seen.reactCommits / seconds, 1),
    layoutsPerSecond: round(spent('LayoutCount') / seconds, 1),
    cpuMsPerSecond: {
      renderers: round(((after.cpu - before.cpu) * 1000) / seconds, 1),
      script: round((spent('ScriptDuration') * 1000) / seconds, 1),
      styleAndLayout: round(((spent('LayoutDuration') + spent('RecalcStyleDuration')) * 1000) / seconds, 1),
    },
    domNodes: after.page.get('Nodes'),
  };
}

async function metricsOf(devtools: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

async function rendererCpuSeconds(browser: Browser): Promise<number> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  await devtools.detach();
  return processInfo.reduce((sum, { type, cpuTime }) => (type === 'renderer' ? sum + cpuTime : sum), 0);
}
