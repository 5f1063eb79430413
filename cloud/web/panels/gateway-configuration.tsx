import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';

/** As many characters as the status page of the agent shows. */
const shown = 8;

/** Which configuration it runs and since when: to compare with the page of the agent, or with another gateway. */
export function GatewayConfiguration(props: Pick<LiveGateway, 'configuration'> & { timeZone: string }) {
  const { t, duration, stamp } = useFormats();
  const now = useNow();
  if (props.configuration === null) return null;
  const { version, since } = props.configuration;
  return (
    <p className="gateway-configuration quiet">
      <span title={version}>{t('gatewaysPage.configuration', { version: version.slice(0, shown) })}</span>{' '}
      <span title={stamp(since, props.timeZone)}>
        {t('gatewaysPage.configuredFor', { duration: duration(Math.max(0, now - since)) })}
      </span>
    </p>
  );
}
