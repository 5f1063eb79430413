import { writeFileSync } from 'node:fs';
import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import type { Environment } from '@gongfu/shared/config/substitution';
import { deliverSource } from './assist-delivery.ts';
import type { AssistFlags } from './assist-options.ts';
import { assistedSource, durationOf } from './assisted-source.ts';
import { type Acceptance, acceptanceOf } from './commissioning/acceptance.ts';
import { acceptancePage, verdictWords } from './commissioning/acceptance-page.ts';
import { CommissioningDialogue, type Language, type Terminal } from './commissioning/dialogue.ts';
import { keysUnder } from './commissioning/hypothesis-words.ts';
import { imageFileText, readImageFile } from './commissioning/image-file.ts';
import { ImageRecorder } from './commissioning/image-recorder.ts';
import { Inference } from './commissioning/inference.ts';
import type { PanelTag } from './commissioning/panel.ts';
import { readPanelFile } from './commissioning/panel-file.ts';
import { windowsFrom } from './commissioning/source-request.ts';
import { settledVerdicts, type Verdict } from './commissioning/verdict.ts';
import type { RegisterImage, RegisterWindow } from './drivers/modbus/register-image.ts';
import { sourcesText } from './tag-files/config-merge.ts';
import { fileText } from './tag-files/file-text.ts';
import type { ImportedSource } from './tag-files/imported.ts';
import { readTagFile } from './tag-files/tag-file.ts';

export interface AssistScene {
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: () => number;
  readonly terminal: Terminal;
  /** Standard output: the source as YAML, nothing else. */
  readonly print: (text: string) => void;
}

interface Seen {
  readonly windows: readonly RegisterWindow[];
  readonly images: readonly RegisterImage[];
  readonly tags: readonly PanelTag[];
}

type Spoken = AssistFlags & { readonly language: Language };

/** How often all windows are read, unless the source is slower. */
const periodMs = 500;

/** `gongfu-edge assist`: from a panel and registers to a source and a report. */
export async function assist(given: AssistFlags, scene: AssistScene): Promise<void> {
  const system = /^zh/i.test(scene.env.LC_ALL ?? scene.env.LANG ?? '') ? 'zh' : 'en';
  const flags = { ...given, language: given.language ?? system };
  const { terminal, clock } = scene;
  const seen = flags.images === undefined ? await watched(flags, scene) : recorded(flags, scene);
  if (seen.tags.length === 0) return;
  refuseUnseen(seen);
  const { name, settings, keys, place, unitId, gateway } = assistedSource(flags, scene.env);
  const inference = new Inference(seen.windows, seen.images);
  const findings = inference.findings(
    seen.tags.map((tag) => ({ ...tag })),
    seen.images,
  );
  const acceptance = acceptanceOf({
    ...seen,
    findings,
    inference,
    gateway,
    source: { name, place, unitId },
    nowMs: clock.now(),
  });
  writeReports(flags, acceptance, terminal);
  summarise(flags, acceptance, terminal);
  const taken = await verdictsTaken(flags, acceptance, terminal);
  const tags = acceptance.tags.flatMap(({ keys: tagKeys, verdict }) =>
    tagKeys !== undefined && taken.includes(verdict)
      ? [{ keys: keysUnder(settings.byteOrder, tagKeys), placeOf: () => flags.panel ?? 'panel' }]
      : [],
  );
  if (tags.length > 0) deliver(flags, { name, driver: 'modbus', keys, tags }, gateway, scene);
}

/** Reads the source while the panel is read, by a person or as a file says. */
async function watched(flags: Spoken, scene: AssistScene): Promise<Seen> {
  const { terminal, clock, random } = scene;
  const { settings, place, unitId } = assistedSource(flags, scene.env);
  const windows = windowsFrom(flags);
  // The protocol client is loaded only when a source is read.
  const { RegisterReader } = await import('./drivers/modbus/register-reader.ts');
  const reader = new RegisterReader({ source: settings, windows, clock, log: silentLogger, random });
  const recorder = new ImageRecorder({ take: () => reader.image(), clock, periodMs });
  await reader.start();
  try {
    await recorder.start();
    terminal.say(`${place} unit ${unitId}: ${windowsText(windows, recorder.images[0]!)}`);
    const tags = await panelTags(flags, scene, recorder, windows);
    return { windows, images: recorder.images, tags };
  } finally {
    await recorder.stop();
    await reader.stop();
    if (flags.record !== undefined) writeFileSync(flags.record, imageFileText(recorder.images));
  }
}

async function panelTags(
  flags: Spoken,
  { terminal, clock }: AssistScene,
  recorder: ImageRecorder,
  windows: readonly RegisterWindow[],
): Promise<readonly PanelTag[]> {
  if (flags.for !== undefined) await sleep(clock, durationOf(flags.for));
  if (flags.panel !== undefined) {
    const tags = panelFrom(flags.panel, recorder.images[0]!.atMs);
    await recorder.reached(Math.max(...tags.flatMap(({ readings }) => readings.map(({ toMs }) => toMs))));
    return tags;
  }
  if (flags.for !== undefined) return [];
  const inference = new Inference(windows, recorder.images);
  return new CommissioningDialogue({ terminal, recorder, inference, clock, language: flags.language }).run();
}

function recorded(flags: Spoken, { clock }: AssistScene): Seen {
  if (flags.images === undefined || flags.panel === undefined) {
    throw new Problem({
      code: 'assist-option-invalid',
      detail: '--images needs --panel',
      advice: 'Give the file with what the panel showed while the images were recorded.',
      reaction: 'stop',
    });
  }
  const { images, windows } = readImageFile(flags.images, fileText(flags.images, readTagFile(flags.images)));
  return { images, windows, tags: panelFrom(flags.panel, clock.now()) };
}

function panelFrom(file: string, nowMs: number): PanelTag[] {
  return readPanelFile(file, fileText(file, readTagFile(file)), nowMs);
}

/** @throws Problem `panel-reading-unseen` for readings of a time from which there is no image */
function refuseUnseen({ tags, images }: Seen): void {
  const [first, last] = [images[0]!.atMs, images.at(-1)!.atMs];
  const places = tags.flatMap(({ name, readings }) =>
    readings
      .filter(({ fromMs, toMs }) => toMs < first || fromMs > last)
      .map(({ atMs, shown }) => ({ where: name, what: `${shown.text} at ${new Date(atMs).toISOString()}` })),
  );
  if (places.length === 0) return;
  throw new Problem({
    code: 'panel-reading-unseen',
    detail: `registers are known from ${new Date(first).toISOString()} to ${new Date(last).toISOString()}, not when these were read off`,
    advice: 'Start reading before you look at the panel, or record with --record and give the file with --images.',
    reaction: 'stop',
    places,
  });
}

function writeReports({ report, language }: Spoken, acceptance: Acceptance, terminal: Terminal): void {
  const json = `${report.replace(/\.html?$/, '')}.json`;
  writeFileSync(report, acceptancePage(acceptance, language));
  writeFileSync(json, `${JSON.stringify(acceptance, undefined, 2)}\n`);
  terminal.say(language === 'zh' ? `验收报告：${report}，${json}` : `acceptance report: ${report}, ${json}`);
}

function summarise({ language }: Spoken, { tags }: Acceptance, terminal: Terminal): void {
  for (const { name, verdict, hypothesis, open } of tags) {
    terminal.say(`${name}: ${verdictWords[verdict][language]}${hypothesis === '' ? '' : `: ${hypothesis}`}`);
    if (open !== undefined) terminal.say(`    ${open[language]}`);
  }
}

/** What fits but may be chance goes in only when a person says so. */
async function verdictsTaken(flags: Spoken, { tags }: Acceptance, terminal: Terminal): Promise<readonly Verdict[]> {
  if (flags.acceptLikely === true) return [...settledVerdicts, 'likely'];
  const likely = tags.filter(({ verdict }) => verdict === 'likely').map(({ name }) => name);
  if (likely.length === 0 || flags.panel !== undefined) return settledVerdicts;
  const question =
    flags.language === 'zh'
      ? `相符但证据不足：${likely.join('、')}。也写入配置吗？(y/N) `
      : `These fit but may be chance: ${likely.join(', ')}. Put them in too? (y/N) `;
  const answer = await terminal.ask(question);
  return /^(y|yes|是)$/i.test(answer?.text.trim() ?? '') ? [...settledVerdicts, 'likely'] : settledVerdicts;
}

/** To standard output, or into a configuration that `check` has found good. */
function deliver(flags: Spoken, source: ImportedSource, gateway: string, { env, print, terminal }: AssistScene): void {
  const { write } = flags;
  if (write === undefined) {
    print(sourcesText([source]));
    return;
  }
  deliverSource({ file: write, gateway, source, env });
  terminal.say(flags.language === 'zh' ? `已写入 ${write}` : `${write} is written`);
}

function windowsText(windows: readonly RegisterWindow[], image: RegisterImage): string {
  return windows
    .map(({ area, start, count }, place) => {
      const read = image.windows[place]!.words.filter((word) => word !== null).length;
      return `${area}:${start}..${start + count - 1} (${read}/${count})`;
    })
    .join(', ');
}
