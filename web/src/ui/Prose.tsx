import { useMemo } from 'react';

import { trusted } from '@lib/trusted';

type Props = { html: string; lang?: string | undefined; className?: string; /** A few words inside a label or a legend, not a passage. */ inline?: boolean };

/** HTML and MathML that the server sanitised at publish. The only place where markup enters the page. */
export function Prose({ html, lang, className = '', inline = false }: Props) {
  const inner = useMemo(() => ({ __html: trusted.createHTML(html) }), [html]);
  const Tag = inline ? 'span' : 'div';
  return <Tag className={`prose ${inline ? 'prose-inline ' : ''}${className}`} lang={lang} dir="auto" dangerouslySetInnerHTML={inner} />;
}
