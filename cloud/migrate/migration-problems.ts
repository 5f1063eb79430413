import { Problem } from '@gongfu/shared/base/problem';

export function nothingToMove(): Problem {
  return new Problem({
    code: 'migration-nowhere',
    detail: 'neither InfluxDB nor MongoDB is configured, so there is nothing to move to or from',
    advice: 'Set INFLUX_URL and its companions, or MONGODB_URI, or both: what is set is moved.',
    reaction: 'stop',
  });
}

export function used(detail: string): Problem {
  return new Problem({
    code: 'migration-target-used',
    detail,
    advice: 'Move into an empty data folder, or an empty bucket and database; nothing was changed there.',
    reaction: 'stop',
  });
}

export function differs(detail: string): Problem {
  return new Problem({
    code: 'migration-differs',
    detail,
    advice: 'Do not use the target: empty it and begin again, with nothing else writing to either.',
    reaction: 'stop',
  });
}

export function otherSource(): Problem {
  return new Problem({
    code: 'migration-other-source',
    detail:
      'the target holds a part of another history, or the source was written to since the migration into it began',
    advice: 'Empty the target and begin again, with the service stopped until it has ended; the source is as it was.',
    reaction: 'stop',
  });
}

export function sourceUsed(): Problem {
  return new Problem({
    code: 'migration-source-used',
    detail: 'the source was written to while it was moved: a service runs on it',
    advice: 'Stop the service, empty the target and begin again.',
    reaction: 'stop',
  });
}

export function unfinished(what: string): Problem {
  return new Problem({
    code: 'migration-unfinished',
    detail: `a migration into ${what} has begun and not ended`,
    advice: 'Run the same `gongfu-cloud migrate` again until it ends, or go on with the stores it was moved from.',
    reaction: 'stop',
  });
}

export function stalled(limitMs: number, cause: Problem): Problem {
  return new Problem({
    code: 'migration-stalled',
    detail: `nothing could be moved for ${Math.round(limitMs / 1000)} s: ${cause.message}`,
    advice: `${cause.advice} Then run the same \`gongfu-cloud migrate\` again: it goes on after the last piece it has stored.`,
    reaction: 'stop',
    cause,
  });
}

/** `since`: UTC epoch ms. */
export function rollupsLeft(tags: number, since: number): Problem {
  const day = new Date(since).toISOString().slice(0, 10);
  return new Problem({
    code: 'migration-rollups-left',
    detail: `of ${tags} tags roll-ups are kept longer than samples (the latest from before ${day}), and roll-ups alone do not move`,
    advice:
      'Keep the old data folder for them, and move with --leave-rollups: times before are answered 410 afterwards.',
    reaction: 'stop',
  });
}
