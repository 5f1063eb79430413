import { isBad } from '@gongfu/shared/model/quality';
import {
  AttributeIds,
  type ClientSession,
  type DataValue,
  HistoryData,
  HistoryReadRequest,
  ReadRawModifiedDetails,
  readOperationLimits,
  resolveNodeId,
  TimestampsToReturn,
} from 'node-opcua-client';
import { CallSize } from './call-size.ts';
import { sourceTimeOf } from './reported-values.ts';

const valuesPerAnswer = 1_000;
const nodesPerRead = 500;

/** Which of the nodes the server collects a history of: of any other an empty answer would prove nothing. */
export async function historizedOf(session: ClientSession, nodeIds: readonly string[]): Promise<Set<string>> {
  const limits = await readOperationLimits(session).catch(() => undefined);
  const reads = new CallSize({ told: limits?.maxNodesPerRead, most: nodesPerRead });
  const answers = await reads.ask(nodeIds, (part) =>
    session.read(part.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Historizing }))),
  );
  return new Set(nodeIds.filter((_, position) => answers[position]?.value?.value === true));
}

export interface HistorySpan {
  readonly nodeId: string;
  /** Source times, UTC epoch ms, neither included. */
  readonly from: number;
  readonly to: number;
}

/**
 * Raw values of one node, oldest first, page by page. Some servers cut an answer short without a continuation point, so what
 * follows the newest value is asked for until nothing does.
 * @returns false when it was given up or the server does not tell all. @throws what the client throws
 */
export async function readRaw(
  session: ClientSession,
  { nodeId, from, to }: HistorySpan,
  options: { readonly wanted: () => boolean; readonly take: (value: DataValue, sourceTime: number) => void },
): Promise<boolean> {
  let newest = from;
  /** Values of that millisecond taken so far: an answer that begins there begins with them. */
  let takenThere = Number.POSITIVE_INFINITY;
  for (;;) {
    const start = newest;
    let known = takenThere;
    let taken = 0;
    let continuationPoint: Buffer | undefined;
    do {
      if (!options.wanted()) return false;
      const { results } = await session.historyRead(
        new HistoryReadRequest({
          historyReadDetails: new ReadRawModifiedDetails({
            startTime: new Date(start),
            endTime: new Date(to),
            numValuesPerNode: valuesPerAnswer,
          }),
          timestampsToReturn: TimestampsToReturn.Both,
          nodesToRead: [{ nodeId: resolveNodeId(nodeId), ...(continuationPoint && { continuationPoint }) }],
        }),
      );
      const page = results?.[0];
      if (page === undefined || isBad(page.statusCode.value)) return false;
      const values = page.historyData instanceof HistoryData ? (page.historyData.dataValues ?? []) : [];
      for (const value of values) {
        const time = sourceTimeOf(value, Number.NaN);
        if (!(time >= newest && time < to)) continue;
        if (time === start && known > 0) {
          known -= 1;
          continue;
        }
        options.take(value, time);
        taken += 1;
        takenThere = time === newest ? takenThere + 1 : 1;
        newest = time;
      }
      continuationPoint = page.continuationPoint?.length > 0 ? page.continuationPoint : undefined;
    } while (continuationPoint !== undefined);
    if (taken === 0) return true;
  }
}
