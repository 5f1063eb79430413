/**
 * applied = it runs, and every source that was connected before is connected again; refused = it was found wrong, nothing changed;
 * rolled-back = it ran, and the one before runs again; superseded = the gateway's own file was changed on the spot since.
 */
export const configurationOutcomes = ['applied', 'refused', 'rolled-back', 'superseded'] as const;

/**
 * waiting: the gateway does not have it; trying: it is on its disk, and no result is known; replaced: a newer version came
 * before the gateway had this one; the rest is what the gateway told.
 */
export const configurationStates = ['waiting', 'trying', 'replaced', ...configurationOutcomes] as const;
export type ConfigurationState = (typeof configurationStates)[number];
