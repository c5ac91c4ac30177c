import type { ThunkDispatch, UnknownAction } from '@reduxjs/toolkit';
import { useCallback, useState } from 'react';
import { useDispatch } from 'react-redux';

import { announce } from '@lib/announce';
import { versionTag } from '@lib/api/base';
import { coursesApi, useAddNodeMutation, useMoveNodeMutation, useRemoveNodeMutation, useUpdateNodeMutation, type BlockKind, type DraftOutlineNode, type NodeKind, type NodeView } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';

import { kindOf } from '../states';
import { applyMove, applyRemoval, find, isAt, type Place } from '../tree';

/** What somebody wanted to do to a node that had changed elsewhere; `go` does it to the newest version. */
export type Clash = { node: DraftOutlineNode; theirs: NodeView; wish: string; verb: string; go: () => Promise<boolean> };
export type Saving = { kind: 'idle' } | { kind: 'busy' } | { kind: 'done'; words: string } | { kind: 'failed'; problem: Problem };

export type OutlineEdits = ReturnType<typeof useOutlineEdits>;

/** Every change of the tree: at once on the page, then on the server, each under the version that the author saw. */
export function useOutlineEdits(course: string, sections: DraftOutlineNode[]) {
  const t = useT();
  const dispatch = useDispatch<ThunkDispatch<never, unknown, UnknownAction>>();
  const [saving, setSaving] = useState<Saving>({ kind: 'idle' });
  const [clash, setClash] = useState<Clash>();
  const [move] = useMoveNodeMutation();
  const [update] = useUpdateNodeMutation();
  const [remove] = useRemoveNodeMutation();
  const [add] = useAddNodeMutation();

  const patch = useCallback(
    (change: (tree: DraftOutlineNode[]) => void) => dispatch(coursesApi.util.updateQueryData('draftOutline', { course }, (outline) => change(outline.sections))),
    [dispatch, course],
  );

  const titleOf = (node: Pick<DraftOutlineNode, 'title' | 'kind' | 'block_kind'>): string => node.title || t(`author.untitled.${kindOf(node)}`);

  /** Run one change. `undo` takes it back on the page when the server refuses. */
  const run = async (node: DraftOutlineNode, words: string, wish: { words: string; verb: string }, attempt: (version: number) => Promise<{ data?: unknown; error?: unknown }>, version = node.version, undo?: () => void): Promise<boolean> => {
    setSaving({ kind: 'busy' });
    const answer = await attempt(version);
    if (answer.error === undefined) {
      const now = (answer.data as NodeView | null | undefined)?.version;
      if (now) patch((tree) => void ((find(tree, node.id)?.node ?? { version: 0 }).version = now));
      setSaving({ kind: 'done', words });
      announce(words);
      return true;
    }
    undo?.();
    const problem = asProblem(answer.error) as Problem;
    const theirs = problem.fields.current as NodeView | undefined;
    if (problem.status === 412 && theirs) {
      setSaving({ kind: 'idle' });
      setClash({ node, theirs, wish: wish.words, verb: wish.verb, go: () => run(node, words, wish, attempt, theirs.version) });
    } else {
      setSaving({ kind: 'failed', problem });
    }
    return false;
  };

  const moveTo = async (id: string, place: Place): Promise<boolean> => {
    const found = find(sections, id);
    if (!found || isAt(sections, id, place)) return false;
    const into = place.parent === null ? undefined : find(sections, place.parent)?.node;
    const [what, where] = [titleOf(found.node), into ? titleOf(into) : t('author.the-course')];
    const words = place.parent === (found.parent?.id ?? null) ? t('author.moved-within', { what, place: place.position + 1, where }) : t('author.moved', { what, where });
    const optimistic = patch((tree) => applyMove(tree, id, place));
    const wish = { words: t('author.clash.move', { where }), verb: t('author.clash.move-anyway') };
    return run(found.node, words, wish, (version) => move({ course, node: id, nodeMove: { ...place, version } }), found.node.version, () => optimistic.undo());
  };

  const rename = async (node: DraftOutlineNode, title: string): Promise<boolean> => {
    if (title === node.title) return true;
    const optimistic = patch((tree) => void ((find(tree, node.id)?.node ?? { title: '' }).title = title));
    const wish = { words: t('author.clash.rename', { title }), verb: t('author.clash.rename-anyway') };
    return run(node, t('author.renamed', { title }), wish, (version) => update({ course, node: node.id, 'If-Match': versionTag(version), nodeEditIn: { title } }), node.version, () => optimistic.undo());
  };

  const removeNode = async (node: DraftOutlineNode): Promise<boolean> => {
    const wish = { words: t('author.clash.remove'), verb: t('author.clash.remove-anyway') };
    const isGone = await run(node, t('author.removed', { what: titleOf(node) }), wish, (version) => remove({ course, node: node.id, 'If-Match': versionTag(version) }));
    if (isGone) patch((tree) => applyRemoval(tree, node.id));
    return isGone;
  };

  const addNode = async (parent: DraftOutlineNode | null, kind: NodeKind, title: string, block: BlockKind | null = null): Promise<NodeView | undefined> => {
    setSaving({ kind: 'busy' });
    const answer = await add({ course, newNodeIn: { parent: parent?.id ?? null, kind, title, block_kind: block } });
    if (!answer.data) {
      setSaving({ kind: 'failed', problem: asProblem(answer.error) as Problem });
      return undefined;
    }
    const words = t('author.added', { what: title || t(`author.untitled.${block ?? kind}`) });
    setSaving({ kind: 'done', words });
    announce(words);
    return answer.data;
  };

  return { saving, clash, settle: () => setClash(undefined), titleOf, moveTo, rename, removeNode, addNode };
}
