import type { ForeignSection } from './foreign-section.ts';
import { type FoundTag, foreignSource } from './foreign-source.ts';
import type { ImportedSource } from './imported.ts';
import { durationAt, telegrafDuration } from './telegraf-duration.ts';
import type { TelegrafDefaults } from './telegraf-modbus.ts';

const triggers: Readonly<Record<string, string>> = {
  Status: 'status',
  StatusValue: 'value',
  StatusValueTimestamp: 'time',
};
const reasons = {
  certificate: 'the gateway makes a certificate of its own',
  private_key: 'the gateway makes a certificate of its own',
  remote_certificate: 'gongfu-edge trust says which certificates are trusted',
  timestamp: 'a sample has the time of its source',
  events: 'events are not read',
  default_tags: 'a tag has no labels of its own here; assets in the cloud say what belongs where',
};

/** `inputs.opcua` and `inputs.opcua_listener`; they do not say of which type a variable is. */
export function telegrafOpcua(section: ForeignSection, defaults: TelegrafDefaults): ImportedSource | undefined {
  const groups = section.sections('group');
  const tags = [
    ...section.sections('nodes').map((node) => tagOf(node, undefined)),
    ...groups.flatMap((group) => group.sections('nodes').map((node) => tagOf(node, groupOf(group)))),
  ];
  for (const group of groups) group.rest(reasons);
  section.warn(
    undefined,
    'types are not said here: every tag is taken for float64; gongfu-edge browse tells which types the server has',
  );
  const interval = durationAt(section, 'subscription_interval') ?? durationAt(section, 'interval');
  const keys = {
    endpoint: section.text('endpoint'),
    ...security(section),
    ...signIn(section),
    timeout: durationAt(section, 'request_timeout'),
    sessionTimeout: durationAt(section, 'session_timeout'),
    interval: interval ?? telegrafDuration(defaults.interval),
  };
  const name = section.text('name') || defaults.name;
  section.rest(reasons);
  return foreignSource({
    name,
    driver: 'opcua',
    keys,
    tags,
    from: section,
    keyNames: {
      securityPolicy: 'security_policy',
      securityMode: 'security_mode',
      timeout: 'request_timeout',
      sessionTimeout: 'session_timeout',
    },
  });
}

interface Group {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly uri: string | undefined;
  readonly kind: string | undefined;
  readonly samplingInterval: string | undefined;
}

function groupOf(group: ForeignSection): Group {
  return {
    name: group.text('name') || undefined,
    namespace: group.text('namespace') || undefined,
    uri: group.text('namespace_uri') || undefined,
    kind: group.text('identifier_type') || undefined,
    samplingInterval: durationAt(group, 'sampling_interval'),
  };
}

function tagOf(node: ForeignSection, group: Group | undefined): FoundTag {
  const own = { namespace: node.text('namespace') || undefined, uri: node.text('namespace_uri') || undefined };
  const { namespace, uri } = own.namespace === undefined && own.uri === undefined ? { ...own, ...group } : own;
  const kind = node.text('identifier_type') || group?.kind;
  // Inside nsu= both signs are escaped.
  const space = uri === undefined ? `ns=${namespace}` : `nsu=${uri.replace(/%/g, '%25').replace(/;/g, '%3B')}`;
  const nodeId = `${space};${kind}=${node.text('identifier')}`;
  const monitored = node.section('monitoring_params');
  const filter = monitored.section('data_change_filter');
  const trigger = filter.text('trigger');
  const deadband = filter.number('deadband_value');
  const percent = filter.text('deadband_type') === 'Percent';
  const keys = {
    type: 'float64',
    nodeId,
    samplingInterval: durationAt(monitored, 'sampling_interval') ?? group?.samplingInterval,
    queueSize: monitored.number('queue_size'),
    discardOldest: monitored.flag('discard_oldest'),
    trigger: trigger === undefined ? undefined : (triggers[trigger] ?? trigger),
    serverDeadband: deadband !== undefined && percent ? `${deadband}%` : deadband,
  };
  const name = node.text('name') ?? '';
  filter.rest();
  monitored.rest();
  node.rest(reasons);
  return {
    names: [name, ...(group?.name === undefined ? [] : [`${group.name}.${name}`]), `${name} ${nodeId}`],
    keys,
    from: node,
    keyNames: { nodeId: 'identifier' },
  };
}

function security(section: ForeignSection): Readonly<Record<string, unknown>> {
  const policy = section.text('security_policy') || 'auto';
  const mode = section.text('security_mode') || 'auto';
  const securityPolicy = policy === 'auto' ? undefined : policy;
  const open = securityPolicy === undefined || securityPolicy === 'None';
  if (policy === 'auto') {
    const key = section.has('security_policy') ? 'security_policy' : undefined;
    section.warn(
      key,
      'Telegraf chooses the security policy by what the server offers; here it is None until you name one',
    );
  }
  return { securityPolicy, securityMode: mode === 'auto' || (open && mode !== 'None') ? undefined : mode };
}

function signIn(section: ForeignSection): Readonly<Record<string, unknown>> {
  const method = section.text('auth_method') || 'Anonymous';
  if (method === 'Certificate') {
    return { userCertificate: section.text('certificate'), userKey: section.text('private_key') };
  }
  if (method !== 'UserName') return {};
  return { user: secret(section, 'username'), password: secret(section, 'password') };
}

function secret(section: ForeignSection, key: string): string | undefined {
  const text = section.text(key);
  if (text === undefined || !text.startsWith('@{')) return text;
  section.warn(
    key,
    'is not carried over: it lies in a secret store of Telegraf; put it in a variable of the environment',
  );
  return undefined;
}
