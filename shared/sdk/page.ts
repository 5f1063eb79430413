import type { AssetLevel, LocalText } from '../model/asset.ts';

/**
 * A page of a plugin, as data: the portal renders it, so that no code of a plugin ever runs in a browser. What a page shows
 * comes from GET routes of the same plugin; the values of its controls go along as query parameters and stand in the address.
 */
export interface PluginPage {
  /** In the address: `/portal/plugins/<plugin>/<page>`. */
  readonly id: string;
  readonly title: LocalText;
  readonly intro?: LocalText;
  readonly controls?: readonly PageControl[];
  readonly blocks: readonly PageBlock[];
}

export type PageControl = AssetControl | ChoiceControl;

/** Chooses one of the assets the reader may see; not chosen, the parameter is left out. */
export interface AssetControl {
  readonly kind: 'asset';
  readonly parameter: string;
  readonly label: LocalText;
  readonly levels: readonly AssetLevel[];
}

export interface ChoiceControl {
  readonly kind: 'choice';
  readonly parameter: string;
  readonly label: LocalText;
  readonly options: readonly { readonly value: string; readonly label: LocalText }[];
  /** What holds while nothing is chosen. */
  readonly initial: string;
}

export type PageBlock = TextBlock | FiguresBlock | TableBlock | ChartBlock | FormBlock;

export interface TextBlock {
  readonly kind: 'text';
  readonly title?: LocalText;
  readonly text: LocalText;
}

/** Where a block finds what it shows. */
interface DataBlock {
  readonly title?: LocalText;
  /** Path of a GET route of the plugin. */
  readonly source: string;
  /** Key of the answer with the list of objects to show. */
  readonly rows: string;
  /** Said where the list is empty: what is the matter and what comes next. */
  readonly empty: LocalText;
}

/** One card per row, with its figures. */
export interface FiguresBlock extends DataBlock {
  readonly kind: 'figures';
  readonly heading: PageField;
  readonly figures: readonly PageField[];
}

export interface TableBlock extends DataBlock {
  readonly kind: 'table';
  readonly columns: readonly PageField[];
}

/** Bars along the rows, one picture per value of `series`; a row without a number stays visibly empty. */
export interface ChartBlock extends DataBlock {
  readonly kind: 'chart';
  /** The rows come with the newest first: the picture is drawn from the last row to the first, so that time goes to the right. */
  readonly newestFirst?: boolean;
  readonly series: PageField;
  readonly category: PageField;
  readonly value: PageField;
  /** Drawn across as what is usual. */
  readonly reference?: PageField;
}

/** Sends what was entered to a route of the plugin; the fields come from the route's body schema. */
export interface FormBlock {
  readonly kind: 'form';
  readonly title: LocalText;
  readonly text?: LocalText;
  /** Path of a POST route of the plugin. */
  readonly target: string;
  readonly submit: LocalText;
}

/** One key of a row and how its value is written. */
export interface PageField {
  readonly field: string;
  readonly label: LocalText;
  /** `local-text` is `{ zh, en }`, `asset` an asset id, `window` the label of a window as KPIs have it, `time` UTC epoch ms, `percent` a ratio, `choice` a key of `texts`. */
  readonly format: 'text' | 'local-text' | 'asset' | 'window' | 'number' | 'percent' | 'time' | 'choice';
  /** Digits after the point of a number; 1 when left out. */
  readonly decimals?: number;
  /** Written behind a number, already as people read it: `kWh`. */
  readonly unit?: string;
  /** Key of the row that holds the unit, where rows differ. */
  readonly unitField?: string;
  /** Texts of a `choice`; those marked are drawn as what deviates. */
  readonly texts?: Readonly<Record<string, LocalText & { readonly attention?: boolean }>>;
  /** What the figure is made of: shown where there is room, else on demand. */
  readonly hint?: LocalText;
}
