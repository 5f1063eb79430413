import {
  BrowseDirection,
  coerceLocalizedText,
  DataType,
  resolveNodeId,
  StatusCodes,
  VariantArrayType,
} from 'node-opcua-client';
import type { OPCUAServer } from 'node-opcua-server';
import type { OpcuaObject } from './opcua-server.ts';

type AddressSpace = NonNullable<OPCUAServer['engine']['addressSpace']>;
type UAObject = AddressSpace['rootFolder'];
type UAVariable = ReturnType<ReturnType<AddressSpace['getOwnNamespace']>['addVariable']>;
type BaseNode = NonNullable<ReturnType<AddressSpace['findNode']>>;

/** Makes an instance of a type of a model, and gives what lies in it its values. */
export function addObject(space: AddressSpace, object: OpcuaObject): void {
  const { name, typeUri, subtype, parent, optionals = [], values = {} } = object;
  const own = space.getOwnNamespace();
  const modelled = space.findObjectType(object.type, space.getNamespaceIndex(typeUri));
  if (modelled === null) throw new Error(`no type ${object.type} in ${typeUri}`);
  const type = subtype === undefined ? modelled : own.addObjectType({ browseName: subtype, subtypeOf: modelled });
  for (const state of object.states ?? []) {
    own.addObject({ browseName: state, typeDefinition: 'StateType', componentOf: type });
  }
  const above = childOf(space.rootFolder.objects, parent ?? '');
  const isFolder = above.nodeId.toString() === space.rootFolder.objects.nodeId.toString();
  const instance = type.instantiate({
    browseName: name,
    ...(isFolder ? { organizedBy: above } : { componentOf: above as UAObject }),
    optionals: [...optionals],
  });
  for (const [path, { type: dataType, value }] of Object.entries(values)) {
    const node = childOf(instance, path) as UAVariable;
    node.setValueFromSource(variantOf(space, dataType, value) as never, StatusCodes.Good, new Date());
  }
}

function childOf(node: BaseNode, path: string): BaseNode {
  let at = node;
  for (const name of path.split('/').filter((step) => step !== '')) {
    const child = (at as UAObject)
      .findReferencesExAsObject('HierarchicalReferences', BrowseDirection.Forward)
      .find((each) => each.browseName.name === name);
    if (child === undefined) throw new Error(`${at.browseName.toString()} has no ${name} (of ${path})`);
    at = child;
  }
  return at;
}

function variantOf(space: AddressSpace, type: string, value: unknown): object {
  const [uri, name] = type.split(' ');
  if (name !== undefined) {
    const dataType = space.findDataType(name, space.getNamespaceIndex(uri!));
    if (dataType === null) throw new Error(`no data type ${type}`);
    const make = (fields: unknown) => space.constructExtensionObject(dataType, fields as Record<string, unknown>);
    const isArray = Array.isArray(value);
    return {
      dataType: DataType.ExtensionObject,
      arrayType: isArray ? VariantArrayType.Array : VariantArrayType.Scalar,
      value: isArray ? value.map(make) : make(value),
    };
  }
  if (type === 'LocalizedText')
    return { dataType: DataType.LocalizedText, value: coerceLocalizedText(value as string) };
  if (type === 'NodeId') return { dataType: DataType.NodeId, value: resolveNodeId(value as string) };
  return { dataType: DataType[type as keyof typeof DataType], value };
}
