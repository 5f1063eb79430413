import { setPriority } from 'node:os';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Environment } from '@gongfu/shared/config/substitution';
import { deliverSource } from './assist-delivery.ts';
import { Judge, type JudgeRequest, type WrittenSource } from './commissioning/judge.ts';
import type { RegisterImage, RegisterWindow } from './drivers/modbus/register-image.ts';
import type { JudgeAnswer, JudgeCall } from './judge-process.ts';
import { sourcesText } from './tag-files/config-merge.ts';
import type { ImportedSource } from './tag-files/imported.ts';

/** Behind every poll: a judgement may take its time. */
const priority = 10;

/** The other end of `JudgeProcess`: answers what the agent asks until the agent is gone. */
export function serveJudge({ file, env }: { readonly file: string; readonly env: Environment }): void {
  setPriority(priority);
  const judge = new Judge();
  const answers: Readonly<Record<JudgeCall['method'], (given: unknown) => unknown>> = {
    begin: (windows) => judge.begin(windows as readonly RegisterWindow[]),
    image: (image) => judge.image(image as RegisterImage),
    judge: (request) => judge.judge(request as JudgeRequest),
    now: () => judge.now(),
    write: (source) => deliverSource({ file, env, gateway: '', source: importedFrom(source as WrittenSource) }),
    yaml: (source) => sourcesText([importedFrom(source as WrittenSource)]),
  };
  process.on('message', (message) => {
    const { id, method, given } = message as JudgeCall;
    void answerOf(id, async () => answers[method](given)).then((answer) => process.send!(answer));
  });
  process.on('disconnect', () => process.exit());
}

async function answerOf(id: number, step: () => Promise<unknown>): Promise<JudgeAnswer> {
  try {
    return { id, value: (await step()) ?? null };
  } catch (error) {
    if (error instanceof Problem) {
      const { code, message, advice, places } = error;
      return { id, refused: { code, message, advice, places } };
    }
    return { id, refused: { code: 'assist-judge-gone', message: messageOf(error), advice: 'Report it.', places: [] } };
  }
}

function importedFrom({ name, keys, tags }: WrittenSource): ImportedSource {
  return { name, driver: 'modbus', keys, tags: tags.map((tag) => ({ keys: tag, placeOf: () => 'panel' })) };
}
