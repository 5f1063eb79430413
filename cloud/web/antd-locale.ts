import type { ConfigProviderProps } from 'antd';
import english from 'antd/locale/en_US';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

type AntdLocale = NonNullable<ConfigProviderProps['locale']>;

/** The component library's own words, such as those of a date picker. English is part of it; Chinese comes when it is read. */
export function useAntdLocale(): AntdLocale {
  const { i18n } = useTranslation();
  const [chinese, setChinese] = useState<AntdLocale>(english);
  const isChinese = i18n.language === 'zh-CN';
  useEffect(() => {
    if (!isChinese) return;
    let wanted = true;
    import('antd/locale/zh_CN').then(
      ({ default: locale }) => wanted && setChinese(locale),
      // Words in English are better than no page.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [isChinese]);
  return isChinese ? chinese : english;
}
