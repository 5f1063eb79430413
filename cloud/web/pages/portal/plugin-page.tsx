import type { PluginPage as DeclaredPage, PageControl } from '@gongfu/shared/sdk/page';
import { useId } from 'react';
import { Link, NavLink, useParams, useSearchParams } from 'react-router';
import { useAddress } from '../../address.ts';
import type { Asset, User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { Asked } from '../../panels/asked.tsx';
import { Notice } from '../../panels/notice.tsx';
import { PluginBlock } from '../../panels/plugin-block.tsx';
import { PortalFrame } from '../../panels/portal-frame.tsx';
import { useAssets, usePlugins } from '../../portal-data.ts';
import type { PortalPlugin } from '../../portal-shapes.ts';

/** A page a plugin has declared. The values of its controls stand in the address. */
export function PluginPage({ token, user }: { token: string; user: User }) {
  const { t, name } = useFormats();
  const { pluginId, pageId } = useParams();
  const plugins = usePlugins({ token, user });
  const assets = useAssets({ token, user });
  const plugin = plugins.data?.find(({ id }) => id === pluginId);
  const title = plugin?.name == null ? t('portal.title') : name(plugin.name);
  return (
    <PortalFrame user={user} permission="portal:read" title={title}>
      <Asked query={plugins}>
        {() => {
          const page = plugin?.pages.find(({ id }) => id === pageId);
          if (plugin === undefined || page === undefined) return <Unknown />;
          return (
            <Page
              key={`${plugin.id}/${page.id}`}
              plugin={plugin}
              page={page}
              token={token}
              assets={assets}
              user={user}
            />
          );
        }}
      </Asked>
    </PortalFrame>
  );
}

function Unknown() {
  const { t } = useFormats();
  return (
    <Notice title={t('portal.pluginUnknown')} role="alert">
      <p>{t('portal.pluginUnknownAdvice')}</p>
      <Link to="/portal">{t('portal.toPortal')}</Link>
    </Notice>
  );
}

interface ShownPage {
  readonly plugin: PortalPlugin;
  readonly page: DeclaredPage;
  readonly token: string;
  readonly assets: readonly Asset[];
  readonly user: User;
}

function Page({ plugin, page, token, assets, user }: ShownPage) {
  const { t, name } = useFormats();
  const [address] = useSearchParams();
  const parameters = parametersOf(page.controls ?? [], address);
  return (
    <>
      <nav
        className="sections"
        aria-label={t('portal.pagesOf', { name: plugin.name === null ? plugin.id : name(plugin.name) })}
      >
        {plugin.pages.map(({ id, title }) => (
          <NavLink key={id} to={`/portal/plugins/${plugin.id}/${id}`}>
            {name(title)}
          </NavLink>
        ))}
        {user.permissions.includes('portal:configure') && (
          <NavLink to={`/portal/plugins/${plugin.id}/settings`}>{t('portal.settings')}</NavLink>
        )}
      </nav>
      {page.intro !== undefined && <p className="quiet section-intro">{name(page.intro)}</p>}
      {page.controls !== undefined && (
        <div className="plugin-controls">
          {page.controls.map((control) => (
            <Control key={control.parameter} control={control} assets={assets} />
          ))}
        </div>
      )}
      {page.blocks.map((block, place) => (
        <PluginBlock
          // A block has nothing but its place to be known by.
          key={`${page.id}.${String(place)}`}
          block={block}
          plugin={plugin}
          name={`${plugin.id}-${page.id}-${place}`}
          token={token}
          assets={assets}
          parameters={parameters}
        />
      ))}
    </>
  );
}

/** What goes along with every question of the page: what was chosen, and else what holds meanwhile. */
function parametersOf(controls: readonly PageControl[], address: URLSearchParams): string {
  const chosen = new URLSearchParams();
  for (const control of controls) {
    const value = address.get(control.parameter) ?? (control.kind === 'choice' ? control.initial : '');
    if (value !== '') chosen.set(control.parameter, value);
  }
  return chosen.toString();
}

function Control({ control, assets }: { control: PageControl; assets: readonly Asset[] }) {
  const { t, name } = useFormats();
  const id = useId();
  const [address, changeAddress] = useAddress();
  const initial = control.kind === 'choice' ? control.initial : '';
  const options =
    control.kind === 'choice'
      ? control.options.map(({ value, label }) => ({ value, label: name(label) }))
      : [
          { value: '', label: t('portal.allAssets') },
          ...assets
            .filter(({ level }) => control.levels.includes(level))
            .map((asset) => ({ value: asset.id, label: name(asset.name) })),
        ];
  const choose = (value: string): void => changeAddress({ [control.parameter]: value === initial ? null : value });
  return (
    <div className="plugin-control">
      <label htmlFor={id}>{name(control.label)}</label>
      <select
        id={id}
        name={control.parameter}
        value={address.get(control.parameter) ?? initial}
        onChange={(event) => choose(event.target.value)}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
