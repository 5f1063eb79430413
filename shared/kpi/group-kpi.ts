import { availability } from './formulas/availability.ts';
import { effectiveness } from './formulas/effectiveness.ts';
import { oee } from './formulas/oee.ts';
import { qualityRatio } from './formulas/quality-ratio.ts';
import type { KpiResult, ProductCounts, TimeElements } from './kpi-result.ts';

/**
 * Times, counts and planned run time added, ratios formed from the sums, never averaged: for the work units of a group over
 * one window, or for windows of one unit that follow each other. The times of a group are unit times: three presses have
 * 24 h in an 8 h shift. A member that ran but has no effectiveness (no counter or no planned cycle) leaves the sum without.
 * @throws RangeError for an empty list.
 */
export function addUp(results: readonly KpiResult[]): KpiResult {
  if (results.length === 0) throw new RangeError('addUp needs at least one result');
  const elements = results.map((result) => result.elements).reduce(addElements);
  const counts = results.map((result) => result.counts).reduce(addCounts);
  const plannedRunTime = results.reduce((sum, result) => sum + result.plannedRunTime, 0);
  const isPaced = results.every((result) => result.elements.apt === 0 || result.effectiveness !== null);
  const factors = {
    availability: availability(elements),
    effectiveness: isPaced ? effectiveness(plannedRunTime, elements.apt) : null,
    qualityRatio: qualityRatio(counts),
  };
  return {
    method: 'iso22400-2/sum',
    mappingVersion: [...new Set(results.map((result) => result.mappingVersion))].sort().join(' + '),
    from: Math.min(...results.map((result) => result.from)),
    to: Math.max(...results.map((result) => result.to)),
    elements,
    counts,
    plannedRunTime,
    coverage: elements.pbt === 0 ? null : (elements.pbt - elements.unknown) / elements.pbt,
    observedFrom: results.map((result) => result.observedFrom).reduce(earlier),
    ...factors,
    oee: oee(factors.availability, factors.effectiveness, factors.qualityRatio),
  };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function addElements(a: TimeElements, b: TimeElements): TimeElements {
  return {
    pbt: a.pbt + b.pbt,
    apt: a.apt + b.apt,
    aust: a.aust + b.aust,
    adet: a.adet + b.adet,
    adot: a.adot + b.adot,
    unknown: a.unknown + b.unknown,
    notPlanned: a.notPlanned + b.notPlanned,
  };
}

function addCounts(a: ProductCounts, b: ProductCounts): ProductCounts {
  return {
    produced: a.produced + b.produced,
    good: a.good + b.good,
    scrap: a.scrap + b.scrap,
    unobserved: a.unobserved + b.unobserved,
    unplanned: a.unplanned + b.unplanned,
    resets: a.resets + b.resets,
  };
}
