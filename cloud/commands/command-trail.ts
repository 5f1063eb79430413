import type { AuditEntry, AuditTrail } from '../access/audit-trail.ts';
import type { CommandRecord } from '../records/command-record.ts';
import type { GatewayRecord } from '../records/records.ts';

/** What happens by itself. */
const platform = { kind: 'unknown', id: '', name: 'commands' } as const;

/** Every step of a command stands in the audit: those of people by their requests, the others by this. */
export class CommandTrail {
  readonly #audit: Pick<AuditTrail, 'note' | 'refuse'>;

  constructor(options: { audit: Pick<AuditTrail, 'note' | 'refuse'> }) {
    this.#audit = options.audit;
  }

  /** A request became a command: from here on it is known by its id. */
  opened(command: CommandRecord): Promise<void> {
    const { kind, id, name } = command.requester;
    return this.#tell(command, { actor: { kind, id, name }, action: 'command-open', outcome: 'done' });
  }

  sent(command: CommandRecord): Promise<void> {
    return this.#tell(command, { actor: platform, action: 'command-send', outcome: 'begun' });
  }

  expired(command: CommandRecord): Promise<void> {
    return this.#tell(command, { actor: platform, action: 'command-expire', outcome: 'done' });
  }

  ended(command: CommandRecord, gateway: GatewayRecord): Promise<void> {
    const { result, state } = command;
    const outcome = state === 'written' ? 'done' : state === 'refused' ? 'refused' : 'failed';
    const entry = { actor: actorOf(gateway), action: 'command-result', outcome } as const;
    return this.#tell(command, entry, `${state} (${result?.code})`);
  }

  /** A gateway tells of a command that is not here: the records are older than it, or it was forgotten. */
  strange(gateway: GatewayRecord, commandId: string): Promise<void> {
    const { tenantId } = gateway;
    const entry = { tenantId, actor: actorOf(gateway), action: 'command-result', object: commandId, address: '' };
    return this.#audit.refuse({ ...entry, detail: 'no such command' });
  }

  #tell(command: CommandRecord, entry: Pick<AuditEntry, 'actor' | 'action' | 'outcome'>, more = ''): Promise<void> {
    const { tenantId, _id: object, tag, source, name, value } = command;
    const detail = `tag ${tag} (${source}/${name}) = ${String(value).slice(0, 200)}${more === '' ? '' : `: ${more}`}`;
    return this.#audit.note({ tenantId, object, address: '', detail: detail.slice(0, 500), ...entry });
  }
}

function actorOf({ _id: id, name }: GatewayRecord) {
  return { kind: 'gateway', id, name } as const;
}
