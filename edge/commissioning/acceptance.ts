import type { RegisterImage, RegisterWindow } from '../drivers/modbus/register-image.ts';
import { rejectedAlternatives } from './alternatives.ts';
import { evidenceFor, openQuestion, valueText } from './evidence.ts';
import { type BothWords, hypothesisText, manualText, placeText, tagKeysOf } from './hypothesis-words.ts';
import type { Finding, Inference } from './inference.ts';
import type { PanelReading } from './panel.ts';
import type { ScoredHypothesis } from './scoring.ts';
import type { Verdict } from './verdict.ts';

/** What an installer hands over: for each tag what the panel showed, what was read, and why this place. Also the JSON file. */
export interface Acceptance {
  readonly format: 'gongfu-acceptance-1';
  readonly gateway: string;
  readonly source: AcceptedSource;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly windows: readonly (RegisterWindow & { readonly read: number })[];
  readonly images: { readonly count: number; readonly from: string; readonly to: string };
  readonly tags: readonly AcceptedTag[];
}

export interface AcceptedSource {
  readonly name: string;
  /** `10.0.0.11:502` or `/dev/ttyUSB0`. */
  readonly place: string;
  readonly unitId: number;
}

export interface AcceptedTag {
  readonly name: string;
  readonly unit: string;
  readonly verdict: Verdict;
  /** True where a person chose this reading among those that fit. */
  readonly byHand?: boolean;
  /** In [0, 1]. */
  readonly probability: number;
  /** As the configuration has it; undefined where nothing fits. */
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly hypothesis: string;
  readonly wireAddress: string;
  readonly manualAddress: string;
  readonly readings: readonly AcceptedReading[];
  readonly evidence: readonly BothWords[];
  /** What is not decided, and what would decide it. */
  readonly open?: BothWords;
  readonly rejected: readonly {
    readonly hypothesis: string;
    readonly at: string;
    readonly panel: string;
    readonly wouldShow: string;
  }[];
  /** In how many images the tag could be read. */
  readonly quality: { readonly good: number; readonly of: number };
}

export interface AcceptedReading {
  /** ISO 8601. */
  readonly at: string;
  readonly panel: string;
  readonly read: string;
  /** Read value less panel value, of numbers. */
  readonly difference: string;
}

export interface AcceptanceScene {
  readonly gateway: string;
  readonly source: AcceptedSource;
  readonly windows: readonly RegisterWindow[];
  readonly images: readonly RegisterImage[];
  readonly findings: readonly Finding[];
  readonly inference: Inference;
  /** By the name of the tag: the text of the hypothesis a person chose. */
  readonly choices?: ReadonlyMap<string, string>;
  /** UTC epoch ms. */
  readonly nowMs: number;
}

export function acceptanceOf(scene: AcceptanceScene): Acceptance {
  const { gateway, source, windows, images, findings, nowMs } = scene;
  return {
    format: 'gongfu-acceptance-1',
    gateway,
    source,
    madeAt: isoText(nowMs),
    windows: windows.map((window) => ({ ...window, read: wordsRead(window, images) })),
    images: {
      count: images.length,
      from: isoText(images[0]?.atMs ?? nowMs),
      to: isoText(images.at(-1)?.atMs ?? nowMs),
    },
    tags: findings.map((finding) => acceptedTag(finding, scene)),
  };
}

/** With what a person chose in the place of the proposal, where that is a candidate still. */
function chosen(finding: Finding, choice: string | undefined): Finding | undefined {
  const { best, equals, rivals } = finding;
  const candidates = candidatesOf(finding);
  const taken = candidates.find((one) => hypothesisText(one) === choice);
  if (best === undefined || taken === undefined) return undefined;
  if (taken === best) return finding;
  const others = (all: readonly ScoredHypothesis[]) => all.filter((one) => one !== taken);
  return { ...finding, best: taken, equals: others(equals), rivals: [best, ...others(rivals)] };
}

/** The proposal, what has read the very same, and what fits as well. */
export function candidatesOf({ best, equals, rivals }: Finding): ScoredHypothesis[] {
  return best === undefined ? [] : [best, ...equals, ...rivals];
}

function acceptedTag(judged: Finding, { inference, images, choices }: AcceptanceScene): AcceptedTag {
  const byHand = chosen(judged, choices?.get(judged.tag.name));
  const finding = byHand ?? judged;
  const { tag, verdict, probability, best } = finding;
  const { name, unit } = tag;
  const latest = images.at(-1);
  const open = latest === undefined ? undefined : openQuestion(finding, inference, latest);
  return {
    name,
    unit,
    verdict,
    ...(byHand === undefined ? {} : { byHand: true }),
    probability,
    ...(best === undefined ? {} : { keys: tagKeysOf(tag, best) }),
    hypothesis: best === undefined ? '' : hypothesisText(best),
    wireAddress: best === undefined ? '' : placeText(best.layout),
    manualAddress: best === undefined ? '' : manualText(best.layout),
    readings: tag.readings.map((reading) =>
      acceptedReading(reading, best === undefined ? Number.NaN : inference.valueDuring(best, reading, images)),
    ),
    evidence: evidenceFor(finding),
    ...(open === undefined ? {} : { open }),
    rejected: rejectedAlternatives(finding, inference, images).map(({ hypothesis, reading, value }) => ({
      hypothesis: hypothesisText(hypothesis),
      at: isoText(reading.atMs),
      panel: reading.shown.text,
      wouldShow: shownText(reading, value),
    })),
    quality: {
      good: best === undefined ? 0 : images.filter((image) => !Number.isNaN(inference.valueOf(best, image))).length,
      of: images.length,
    },
  };
}

function acceptedReading(reading: PanelReading, value: number): AcceptedReading {
  const { shown, atMs } = reading;
  const known = !Number.isNaN(value);
  return {
    at: isoText(atMs),
    panel: shown.text,
    read: known ? shownText(reading, value) : '–',
    difference: known && shown.kind === 'number' ? differenceText(value - shown.value, shown.resolution) : '–',
  };
}

/** What is far below the last digit shown is of the arithmetic. */
function differenceText(difference: number, resolution: number): string {
  return valueText(Math.abs(difference) < resolution * 1e-6 ? 0 : Number(difference.toPrecision(3)));
}

function shownText({ shown }: PanelReading, value: number): string {
  if (shown.kind === 'number') return valueText(value);
  return Number.isNaN(value) ? '–' : value !== 0 ? 'on' : 'off';
}

function wordsRead({ area, start }: RegisterWindow, images: readonly RegisterImage[]): number {
  const held = images.at(-1)?.windows.find((window) => window.area === area && window.start === start);
  return held?.words.filter((word) => word !== null).length ?? 0;
}

function isoText(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}
