import { useMemo } from 'react';

import { trusted } from '@lib/trusted';

/** HTML and MathML that the server sanitised at publish. The only place where markup enters the page. */
export function Prose({ html, lang, className = '' }: { html: string; lang?: string | undefined; className?: string }) {
  const inner = useMemo(() => ({ __html: trusted.createHTML(html) }), [html]);
  return <div className={`prose ${className}`} lang={lang} dir={lang ? 'auto' : undefined} dangerouslySetInnerHTML={inner} />;
}
