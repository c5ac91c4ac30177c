import { DOMParser as DocumentParser } from '@tiptap/pm/model';
import { EditorContent, getSchema, useEditor, type Editor, type JSONContent } from '@tiptap/react';
import { StarterKit } from '@tiptap/starter-kit';
import { useState } from 'react';

import { useT } from '@lib/i18n';
import { trusted } from '@lib/trusted';
import { Banner } from '@ui/Banner';

import { fromEditor, toEditor, wordsOf, type Urls } from './markup';
import { KeptBlock, KeptInline, Picture } from './nodes';
import { Toolbar, type Picked } from './Toolbar';


type Props = { label: string; html: string; urls: Urls; pictures: Picked[]; onChange: (html: string) => void; onUnfaithful: () => void };

const parse = (html: string): Element => new DOMParser().parseFromString(trusted.createHTML(html), 'text/html').body;

const read = (editor: Editor): string => fromEditor(parse(editor.getHTML()), parse);

const EXTENSIONS = [
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
];

/** The document that the editor starts from, and the words that it must not lose. */
function startOf(html: string, urls: Urls) {
  const root = parse(html);
  const words = wordsOf(root);
  toEditor(root, urls);
  return { words, doc: DocumentParser.fromSchema(getSchema(EXTENSIONS)).parse(root).toJSON() as JSONContent };
}

/** The visual editor. What it cannot hold it carries along; if any word would be lost, it steps back for the source. */
export default function RichText({ label, html, urls, pictures, onChange, onUnfaithful }: Props) {
  const t = useT();
  const [start] = useState(() => startOf(html, urls));
  const editor = useEditor({
    extensions: EXTENSIONS,
    content: start.doc,
    injectCSS: false,
    editorProps: { attributes: { class: 'prose rich-text', role: 'textbox', 'aria-multiline': 'true', 'aria-label': label } },
    onCreate: ({ editor: fresh }) => {
      if (wordsOf(parse(read(fresh))) !== start.words) onUnfaithful();
    },
    onUpdate: ({ editor: present }) => onChange(read(present)),
  });

  return (
    <div className="rich">
      <Toolbar editor={editor} pictures={pictures} />
      <EditorContent editor={editor} />
      <Banner tone="info">{t('author.html.keys')}</Banner>
    </div>
  );
}
