/** What the matrix has to know of a page of `cloud/web/pages.tsx`. */
export interface PageEntry {
  /** As the table of the page has it. */
  readonly path: string;
  /** In the demonstration plant. */
  readonly address: string;
  /** Stands there once the plant's data are shown. */
  readonly shows: string;
  /** Whether everybody who is signed in may open it. */
  readonly open?: boolean;
}

const line = 'qingdao.plant-1.curing.line-1';
const press = `${line}.press-1`;

/** A page that is not in here fails the matrix. */
export const pageTable: readonly PageEntry[] = [
  { path: '/', address: '/', shows: 'article [data-figure="oee"]' },
  { path: '/account', address: '/account', shows: 'input[type=password]', open: true },
  { path: '/administration/users', address: '/administration/users', shows: 'tr[data-row]' },
  { path: '/administration/calendar', address: '/administration/calendar', shows: '.site-row' },
  { path: '/administration/tenants', address: '/administration/tenants', shows: 'tr[data-row]' },
  { path: '/administration/roles', address: '/administration/roles', shows: '.matrix-yes' },
  { path: '/administration/api-keys', address: '/administration/api-keys', shows: '.notice' },
  { path: '/administration/brokers', address: '/administration/brokers', shows: '.notice' },
  { path: '/administration/webhooks', address: '/administration/webhooks', shows: '.notice' },
  { path: '/administration/audit', address: '/administration/audit', shows: 'tr[data-row]' },
  { path: '/alarms', address: '/alarms', shows: '.notice' },
  { path: '/commands', address: '/commands', shows: '.notice' },
  { path: '/gateways', address: '/gateways', shows: '[data-gateway]' },
  { path: '/gateways/configurations', address: '/gateways/configurations', shows: '.notice' },
  { path: '/lines/:assetId', address: `/lines/${line}`, shows: '[data-panel="losses"] tbody tr' },
  { path: '/reports/shift', address: '/reports/shift', shows: '[data-panel="report"]' },
  { path: '/andon', address: '/andon', shows: '.andon-tile' },
  { path: '/signals', address: '/signals?tags=1,2,3', shows: '.signal-chart .u-over' },
  { path: '/machines/:assetId', address: `/machines/${press}`, shows: '[data-panel="signals"] tbody tr' },
  { path: '/portal', address: '/portal', shows: '[data-plugin]' },
  {
    path: '/portal/plugins/:pluginId/settings',
    address: '/portal/plugins/energy/settings',
    shows: '.form-card',
  },
  {
    path: '/portal/plugins/:pluginId/:pageId',
    address: '/portal/plugins/energy/lines',
    shows: '[data-figure="perGoodKwh"]',
  },
];
