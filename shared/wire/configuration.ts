import { z } from 'zod';
import { configurationOutcomes } from '../model/configuration-state.ts';

/**
 * What crosses edge–cloud to configure a gateway from the cloud. A version is named by its id, for ever: the gateway tries it
 * once, however often it comes, and tells what became of it until the cloud has that. Times are UTC epoch ms.
 */

const idSchema = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be 1 to 100 letters, digits, dashes');

/** Characters of YAML one version may have. */
export const configurationTextMax = 4_000_000;

/** `configuration`, from the cloud: the sources a gateway shall run. Offered only to one that said `remoteConfiguration` in its hello. */
export const configurationOfferSchema = z.object({
  id: idSchema,
  /** For people: 1, 2, 3 … of this gateway. */
  number: z.number().int().positive(),
  /** YAML with the key `sources` and no other; secrets are variables the gateway resolves. */
  text: z.string().max(configurationTextMax),
});
export type ConfigurationOffer = z.infer<typeof configurationOfferSchema>;

/** Answer to `configuration` and `configuration-result`. Received: it is durable on the other side. Not received: nothing is kept of it. */
export type ConfigurationReceipt =
  | { readonly received: true }
  | { readonly received: false; readonly code: string; readonly detail: string };

/** Places of a fault that are told; more are counted in `detail`. */
export const configurationPlacesMax = 200;

/** `configuration-result`, from the gateway. */
export const configurationResultSchema = z.object({
  id: idSchema,
  outcome: z.enum(configurationOutcomes),
  /** Why, as a problem's code; '' where it was applied. */
  code: z.string().max(100),
  detail: z.string().max(2_000),
  /** All that is wrong with it, where in the text it was offered as. */
  places: z.array(z.object({ where: z.string().max(500), what: z.string().max(2_000) })).max(configurationPlacesMax),
  at: z.number().int().nonnegative(),
});
export type ConfigurationResult = z.infer<typeof configurationResultSchema>;
