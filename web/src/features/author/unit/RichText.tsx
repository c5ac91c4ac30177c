import { DOMParser as DocumentParser } from '@tiptap/pm/model';
import { EditorContent, useEditor } from '@tiptap/react';
import { StarterKit } from '@tiptap/starter-kit';
import { useEffect, useState } from 'react';

import { useT } from '@lib/i18n';
import { trusted } from '@lib/trusted';
import { Banner } from '@ui/Banner';

import { fromEditor, toEditor, wordsOf, type Urls } from './markup';
import { KeptBlock, KeptInline, Picture } from './nodes';
import { Toolbar } from './Toolbar';

export type Picked = { reference: string; url: string; name: string };

type Props = { label: string; html: string; urls: Urls; pictures: Picked[]; onChange: (html: string) => void; onUnfaithful: () => void };

const parse = (html: string): Element => new DOMParser().parseFromString(trusted.createHTML(html), 'text/html').body;

/** The visual editor. What it cannot hold it carries along; if any word would be lost, it steps back for the source. */
export default function RichText({ label, html, urls, pictures, onChange, onUnfaithful }: Props) {
  const t = useT();
  const [first] = useState(() => html);
  const editor = useEditor({
    extensions: [
      StarterKit.configure({
        link: {
          openOnClick: false,
          HTMLAttributes: { target: null, rel: null },
          protocols: ['asset', 'block'],
          isAllowedUri: (url, { defaultValidate }) => /^(asset:|block:|\/|#)/.test(url) || defaultValidate(url),
        },
      }),
      Picture,
      KeptBlock,
      KeptInline,
    ],
    injectCSS: false,
    editorProps: { attributes: { class: 'prose rich-text', role: 'textbox', 'aria-multiline': 'true', 'aria-label': label } },
    onUpdate: ({ editor: present }) => onChange(fromEditor(parse(present.getHTML()), parse)),
  });

  useEffect(() => {
    const root = parse(first);
    const words = wordsOf(root);
    toEditor(root, urls);
    const doc = DocumentParser.fromSchema(editor.schema).parse(root);
    const back = fromEditor(parse(htmlOf(editor, doc.toJSON())), parse);
    if (wordsOf(parse(back)) !== words) onUnfaithful();
    // oxlint-disable-next-line react/exhaustive-deps -- the text is handed over once; later versions start a new editor
  }, [editor]);

  return (
    <div className="rich">
      <Toolbar editor={editor} pictures={pictures} />
      <EditorContent editor={editor} />
      <Banner tone="info">{t('author.html.keys')}</Banner>
    </div>
  );
}

/** Put a document into the editor without counting it as a change by the author, and read it as HTML. */
function htmlOf(editor: NonNullable<ReturnType<typeof useEditor>>, doc: unknown): string {
  editor.commands.setContent(doc as Parameters<typeof editor.commands.setContent>[0], { emitUpdate: false });
  return editor.getHTML();
}
