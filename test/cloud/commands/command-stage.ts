import { CommandGateway } from '../../kit/command-gateway.ts';
import { until } from '../../kit/until.ts';
import { addUser } from '../access/access-fixture.ts';
import { type Answer, password, ServiceFixture, userNames } from '../access/service-fixture.ts';

/** A command as the API tells it. */
export interface Told {
  readonly id: string;
  readonly state: string;
  readonly value: unknown;
  readonly own: boolean;
  readonly approvedBy: string | null;
  readonly result: { readonly outcome: string; readonly code: string; readonly readBack: unknown } | null;
  readonly [field: string]: unknown;
}

const tag = (number: number, name: string, type: string) => ({ number, source: 'plc', name, type, scaled: false });

export const bounds = (number: number, minimum: number | null = null, maximum: number | null = null) => ({
  number,
  minimum,
  maximum,
});

/** The whole service with a gateway `writer` on its wire and people of all kinds; `wang` asks unless told otherwise. */
export class CommandStage {
  readonly gateway = new CommandGateway({
    id: 'writer',
    // Numbers that are nobody's history numbers: whoever mixes the two up writes to another tag.
    tags: [
      tag(901, 'setpoint', 'float32'),
      tag(902, 'total', 'int64'),
      tag(903, 'pump', 'bool'),
      tag(904, 'recipe', 'string'),
      tag(905, 'speed', 'uint16'),
      tag(906, 'fixed', 'float32'),
    ],
    writable: [bounds(901, 0, 100), bounds(902), bounds(903), bounds(904), bounds(905, 10, 60_000)],
  });
  readonly service = new ServiceFixture(async (records) => {
    const enrolled = { status: 'enrolled', enrolledAt: 1, tenantId: 'default' } as const;
    const { publicKey } = this.gateway;
    await records.gateways.create({ ...enrolled, _id: 'writer', name: 'writer', publicKey });
    const name = { zh: '三线', en: 'Line 3' };
    const signal = { role: 'signal', gateway: 'writer', source: 'plc', tag: 'setpoint' } as const;
    const unit = { tenantId: 'default', name, order: 0, calendarId: 'day', parentId: 'site' };
    const machine = { ...unit, _id: 'default/site.line-3', assetId: 'site.line-3', level: 'work-unit' } as const;
    await records.assets.create({ ...machine, signals: [signal] });
    const man = { tenantId: 'default', role: 'plant-manager', password };
    await addUser(records, { ...man, name: 'wang' });
    await addUser(records, { ...man, name: 'zhao' });
    await addUser(records, { ...man, name: 'sun', scope: ['site.line-3'] });
    await addUser(records, { ...man, name: 'operator', role: 'operator' });
  });
  /** Ids of the gateway's tags, by name. */
  readonly tags: Record<string, string> = {};
  readonly #tokens: Record<string, string> = {};
  #keys = 0;

  async start(): Promise<void> {
    await this.service.start();
    await this.gateway.connect(this.service.url);
    for (const name of ['wang', 'zhao', 'sun', 'operator', ...Object.values(userNames)]) {
      this.#tokens[name] = await this.service.tokenOf(name);
    }
    const { body } = await this.ask('get', '/tags?gateway=writer');
    for (const { id, name } of body.items as { id: string; name: string }[]) this.tags[name] = id;
  }

  async stop(): Promise<void> {
    this.gateway.disconnect();
    await this.service.stop();
  }

  /** Connected, and well-behaved again. */
  async settle(): Promise<void> {
    this.gateway.receipt = () => ({ received: true });
    if (!this.gateway.connected) await this.gateway.connect(this.service.url);
  }

  /** `who`: a user name, or a key. */
  ask(method: string, path: string, body?: unknown, who = 'wang'): Promise<Answer> {
    return this.service.ask(method, `/api/v1${path}`, { token: this.#tokens[who] ?? who, body });
  }

  tokenOf(who: string): string {
    return this.#tokens[who] ?? '';
  }

  /** A command for `setpoint` with a key of its own, but for the fields given. */
  request(fields: object, who?: string): Promise<Answer> {
    this.#keys += 1;
    const standard = { tag: this.tags.setpoint, value: 42.5, reason: 'new recipe', key: `key-${this.#keys}` };
    return this.ask('post', '/commands', { ...standard, ...fields }, who);
  }

  async requested(fields: object = {}, who?: string): Promise<Told> {
    const { status, body } = await this.request(fields, who);
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body as unknown as Told;
  }

  async read(id: string): Promise<Told> {
    return (await this.ask('get', `/commands/${id}`)).body as unknown as Told;
  }

  untilState(id: string, state: string): Promise<void> {
    return until(async () => (await this.read(id)).state === state);
  }
}

/** `409 command-key-reused` */
export async function codeOf(answer: Promise<Pick<Answer, 'status' | 'body'>>): Promise<string> {
  const { status, body } = await answer;
  return `${status} ${body.code ?? ''}`.trim();
}
