import { useEditorState, type Editor } from '@tiptap/react';
import { useState, type KeyboardEvent } from 'react';

import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { Icon, type IconName } from '@ui/Icon';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';


type Tool = { id: string; words?: string; icon?: IconName; isOn?: (editor: Editor) => boolean; run: (editor: Editor) => void };

const TOOLS: Tool[] = [
  { id: 'bold', words: 'B', isOn: (editor) => editor.isActive('bold'), run: (editor) => editor.chain().focus().toggleBold().run() },
  { id: 'italic', words: 'I', isOn: (editor) => editor.isActive('italic'), run: (editor) => editor.chain().focus().toggleItalic().run() },
  { id: 'heading-2', words: 'H2', isOn: (editor) => editor.isActive('heading', { level: 2 }), run: (editor) => editor.chain().focus().toggleHeading({ level: 2 }).run() },
  { id: 'heading-3', words: 'H3', isOn: (editor) => editor.isActive('heading', { level: 3 }), run: (editor) => editor.chain().focus().toggleHeading({ level: 3 }).run() },
  { id: 'bullets', words: '•', isOn: (editor) => editor.isActive('bulletList'), run: (editor) => editor.chain().focus().toggleBulletList().run() },
  { id: 'numbers', words: '1.', isOn: (editor) => editor.isActive('orderedList'), run: (editor) => editor.chain().focus().toggleOrderedList().run() },
  { id: 'quote', words: '”', isOn: (editor) => editor.isActive('blockquote'), run: (editor) => editor.chain().focus().toggleBlockquote().run() },
  { id: 'code', words: '{ }', isOn: (editor) => editor.isActive('codeBlock'), run: (editor) => editor.chain().focus().toggleCodeBlock().run() },
];
const TRAIL: Tool[] = [
  { id: 'undo', words: '↶', run: (editor) => editor.chain().focus().undo().run() },
  { id: 'redo', words: '↷', run: (editor) => editor.chain().focus().redo().run() },
];

/** A picture of the course that may be put into the text. */
export type Picked = { reference: string; url: string; name: string };

/** One stop for Tab; arrows, Home and End walk its buttons (ARIA toolbar). */
export function Toolbar({ editor, pictures }: { editor: Editor; pictures: Picked[] }) {
  const t = useT();
  const [asking, setAsking] = useState<'link' | 'picture'>();
  const [stop, setStop] = useState(0);
  const on = useEditorState({ editor, selector: ({ editor: present }) => [...TOOLS.filter((tool) => tool.isOn?.(present)).map((tool) => tool.id), ...(present.isActive('link') ? ['link'] : [])].join(' ') });
  const active = new Set(on.split(' '));
  const tools: Tool[] = [...TOOLS, { id: 'link', icon: 'link', run: () => setAsking('link') }, { id: 'picture', icon: 'image', run: () => setAsking('picture') }, ...TRAIL];
  const walk = (event: KeyboardEvent<HTMLDivElement>): void => {
    const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const step = event.key === forward ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowRight' ? -1 : 0;
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? tools.length - 1 : step === 0 ? -1 : (stop + step + tools.length) % tools.length;
    if (to < 0) return;
    event.preventDefault();
    setStop(to);
    event.currentTarget.querySelectorAll('button')[to]?.focus();
  };
  return (
    <>
      <div className="rich-tools" role="toolbar" aria-label={t('author.html.tools')} tabIndex={-1} onKeyDown={walk}>
        {tools.map((tool, index) => (
          <button
            key={tool.id}
            type="button"
            className="rich-tool"
            data-sign={tool.words}
            aria-label={t(`author.html.${tool.id}`)}
            title={t(`author.html.${tool.id}`)}
            aria-pressed={tool.isOn || tool.id === 'link' ? active.has(tool.id) : undefined}
            tabIndex={index === stop ? 0 : -1}
            onFocus={() => setStop(index)}
            onClick={() => tool.run(editor)}
          >
            {tool.icon && <Icon name={tool.icon} />}
          </button>
        ))}
      </div>
      {asking === 'link' && <AskLink editor={editor} onClose={() => setAsking(undefined)} />}
      {asking === 'picture' && <AskPicture editor={editor} pictures={pictures} onClose={() => setAsking(undefined)} />}
    </>
  );
}

function AskLink({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const t = useT();
  const [href, setHref] = useState(() => String(editor.getAttributes('link').href ?? ''));
  const done = (address: string): void => {
    onClose();
    const chain = editor.chain().focus().extendMarkRange('link');
    if (address === '') chain.unsetLink().run();
    else if (editor.state.selection.empty && !editor.isActive('link')) chain.insertContent({ type: 'text', text: address, marks: [{ type: 'link', attrs: { href: address } }] }).run();
    else chain.setLink({ href: address }).run();
  };
  return (
    <Dialog
      title={t('author.html.link')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={() => done('')}>{t('author.html.no-link')}</Button>
          <Button kind="primary" onClick={() => done(href.trim())}>
            {t('author.save')}
          </Button>
        </>
      }
    >
      <TextField label={t('author.html.address')} hint={t('author.html.address-hint')} dir="ltr" value={href} onChange={(event) => setHref(event.target.value)} />
    </Dialog>
  );
}

function AskPicture({ editor, pictures, onClose }: { editor: Editor; pictures: Picked[]; onClose: () => void }) {
  const t = useT();
  const [chosen, setChosen] = useState('');
  const [alt, setAlt] = useState('');
  const [size, setSize] = useState<{ width?: number; height?: number }>({});
  const picture = pictures.find(({ reference }) => reference === chosen);
  const put = (): void => {
    onClose();
    if (picture) editor.chain().focus().insertContent({ type: 'picture', attrs: { src: picture.url, source: picture.reference, alt: alt.trim(), ...size } }).run();
  };
  return (
    <Dialog
      title={t('author.html.picture')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" disabled={!picture} onClick={put}>
            {t('author.add-it')}
          </Button>
        </>
      }
    >
      <div className="form">
        <Select label={t('author.file.choose')} placeholder={t('author.file.none')} options={pictures.map(({ reference, name }) => ({ value: reference, label: name }))} value={chosen} onChange={(event) => {
            setChosen(event.target.value);
            setSize({});
          }} />
        {picture && <img className="picture-choice" src={picture.url} alt="" onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setSize(width && height ? { width, height } : {})} />}
        <TextField label={t('author.html.alt')} hint={t('author.html.alt-hint')} value={alt} onChange={(event) => setAlt(event.target.value)} />
      </div>
    </Dialog>
  );
}
