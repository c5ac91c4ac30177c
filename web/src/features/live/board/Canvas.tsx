import { CaptureUpdateAction, convertToExcalidrawElements, Excalidraw, reconcileElements, restoreElements } from '@excalidraw/excalidraw';
import { useEffect, useRef, useState, type ComponentProps } from 'react';

import { voice } from '@lib/i18n';
import { useSignal } from '@lib/signal';
import { isDark, theme } from '@lib/theme';

import type { Board } from './board';
import { inOrder, isNewer, type Stroke } from './strokes';

type Props = ComponentProps<typeof Excalidraw>;
type Api = Parameters<NonNullable<Props['excalidrawAPI']>>[0];
type Elements = ReturnType<Api['getSceneElementsIncludingDeleted']>;

const SHEET = '/assets/excalidraw-0.18.1/index.css';
const OPTIONS: NonNullable<Props['UIOptions']> = {
  canvasActions: { changeViewBackgroundColor: false, clearCanvas: false, export: false, loadScene: false, saveToActiveFile: false, toggleTheme: false, saveAsImage: false },
  tools: { image: false },
};
const LINE_PX = 40;
const SIZE_PX = 28;

/** Excalidraw knows its elements by their whole shape; ours were read from the wire and only their head was looked at. */
const elementsOf = (strokes: Iterable<Stroke>, local: Elements): Elements => restoreElements([...strokes] as unknown as Elements, local) as unknown as Elements;
const strokesIn = (elements: Elements): Stroke[] => elements as unknown as Stroke[];

/** The scene after what others drew: one's own where it is newer or in one's hand, and nothing that the board does not have. */
function sceneOf(api: Api, board: Board): Elements {
  const known = board.strokes.get();
  const local = api.getSceneElementsIncludingDeleted();
  const { newElement, editingTextElement, resizingElement } = api.getAppState();
  const inHand = new Set([newElement?.id, editingTextElement?.id, resizingElement?.id]);
  const kept = local
    .filter(({ id }) => inHand.has(id) || known.has(id))
    .map((element) => {
      const stroke = known.get(element.id);
      const isErased = stroke?.isDeleted && isNewer(stroke, strokesIn([element])[0]);
      return isErased ? { ...element, isDeleted: true, version: stroke.version, versionNonce: stroke.versionNonce } : element;
    });
  const remote = elementsOf([...known.values()].filter(({ isDeleted }) => !isDeleted), local);
  return reconcileElements(kept, remote as Parameters<typeof reconcileElements>[1], api.getAppState()) as unknown as Elements;
}

/** The drawing program itself: the heaviest part of the room, fetched when a board is on the stage. */
export default function Canvas({ board, mayDraw, follows, onWriter }: { board: Board; mayDraw: boolean; follows: boolean; onWriter: (write: (words: string) => void) => void }) {
  const { locale } = useSignal(voice);
  const choice = useSignal(theme);
  const [api, setApi] = useState<Api>();
  const isOwn = useRef(false);
  const [first] = useState(() => elementsOf(inOrder(board.strokes.get()), []));
  useEffect(() => {
    if (!api) return undefined;
    let frame = 0;
    const show = (): void => {
      frame = 0;
      api.updateScene({ elements: sceneOf(api, board), captureUpdate: CaptureUpdateAction.NEVER });
      if (follows) api.scrollToContent(api.getSceneElements(), { fitToViewport: true, viewportZoomFactor: 0.9, maxZoom: 1, animate: false });
    };
    const soon = (): void => {
      if (!isOwn.current) frame ||= requestAnimationFrame(show);
    };
    soon();
    const stop = board.strokes.follow(soon);
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [api, board, follows]);
  useEffect(() => {
    if (!api) return;
    const write = (words: string): void => {
      const there = api.getSceneElements();
      const below = there.reduce((lowest, { y, height }) => Math.max(lowest, y + height), -LINE_PX);
      const made = convertToExcalidrawElements([{ type: 'text', text: words, x: Math.min(0, ...there.map(({ x }) => x)), y: below + LINE_PX / 2, fontSize: SIZE_PX }]);
      api.updateScene({ elements: [...api.getSceneElementsIncludingDeleted(), ...made], captureUpdate: CaptureUpdateAction.IMMEDIATELY });
      api.scrollToContent(made, { fitToContent: false, animate: false });
    };
    // Its width is measured in the font it is written in, once that is here.
    onWriter((words) => void document.fonts.load(`${SIZE_PX}px Excalifont`, words).then(() => write(words), () => write(words)));
  }, [api, onWriter]);
  useEffect(() => {
    if (mayDraw) api?.setActiveTool({ type: 'freedraw' });
  }, [api, mayDraw]);
  const drawn = (elements: Elements): void => {
    if (!mayDraw) return;
    isOwn.current = true;
    board.draw(strokesIn(elements));
    isOwn.current = false;
  };
  return (
    <>
      <link rel="stylesheet" href={SHEET} precedence="default" />
      <Excalidraw
        excalidrawAPI={setApi}
        initialData={{ elements: first, appState: { viewBackgroundColor: '#ffffff', activeTool: { type: 'freedraw', customType: null, locked: false, lastActiveTool: null } }, scrollToContent: true }}
        onChange={drawn}
        viewModeEnabled={!mayDraw}
        theme={isDark(choice) ? 'dark' : 'light'}
        langCode={locale === 'ar' ? 'ar-SA' : 'en'}
        UIOptions={OPTIONS}
        handleKeyboardGlobally={false}
        autoFocus={false}
        detectScroll={false}
        validateEmbeddable={false}
        aiEnabled={false}
      />
    </>
  );
}
