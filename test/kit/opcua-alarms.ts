import { NodeId } from 'node-opcua-client';
import type { OPCUAServer } from 'node-opcua-server';
import type { OpcuaAlarm } from './opcua-server.ts';

type AddressSpace = NonNullable<OPCUAServer['engine']['addressSpace']>;
type Alarm = ReturnType<ReturnType<AddressSpace['getOwnNamespace']>['instantiateDiscreteAlarm']>;

/** Alarms of the test's server: real conditions of its address space, which it refreshes by itself. */
export class OpcuaAlarms {
  readonly #space: AddressSpace;
  readonly #alarms = new Map<string, Alarm>();

  constructor(server: OPCUAServer) {
    this.#space = server.engine.addressSpace!;
    this.#space.installAlarmsAndConditionsService();
  }

  /** Every change is one event. */
  set({ active, acknowledged, retain, severity, message, ...where }: OpcuaAlarm): void {
    const branch = this.#at(where).currentBranch();
    branch.setActiveState(active);
    branch.setAckedState(acknowledged);
    branch.setRetain(retain);
    this.#at(where).raiseNewCondition({ severity, message, retain });
  }

  #at({ namespaceUri, identifier }: Pick<OpcuaAlarm, 'namespaceUri' | 'identifier'>): Alarm {
    const key = `${namespaceUri} ${identifier}`;
    const known = this.#alarms.get(key);
    if (known !== undefined) return known;
    // Known already: this is how the library gives it with all it can do.
    const namespace = this.#space.registerNamespace(namespaceUri);
    const [machine = '', name = ''] = identifier.slice(2).split('.');
    const conditionSource = namespace.addObject({
      browseName: machine,
      organizedBy: this.#space.rootFolder.objects,
      eventNotifier: 1,
      eventSourceOf: this.#space.rootFolder.objects.server,
    });
    const alarm = namespace.instantiateDiscreteAlarm('DiscreteAlarmType', {
      browseName: name,
      conditionName: name,
      nodeId: identifier,
      componentOf: conditionSource,
      conditionSource,
      inputNode: NodeId.nullNodeId,
    });
    this.#alarms.set(key, alarm);
    return alarm;
  }
}
