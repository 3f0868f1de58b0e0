import Placeholder from "@tiptap/extension-placeholder";
import { EditorState } from "@tiptap/pm/state";
import { type Editor, EditorContent, useEditor, useEditorState } from "@tiptap/react";
import StarterKit from "@tiptap/starter-kit";
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import type { EditorHandle, EditorProps } from "./editor";
import { slashAt } from "./slash";
import { htmlToText, textToHtml } from "./text";

export interface Formats {
  bold: boolean;
  italic: boolean;
  strike: boolean;
  link: boolean;
  bulletList: boolean;
  orderedList: boolean;
}

export interface RichHandle extends EditorHandle {
  toggle: (format: Exclude<keyof Formats, "link">) => void;
  href: () => string;
  setLink: (href: string) => void;
}

interface Props extends EditorProps {
  text: string;
  html: string | null;
  revision: number;
  onWrite: (text: string, html: string) => void;
  onFormats: (formats: Formats) => void;
  handle: Ref<RichHandle>;
}

const alive = (e: Editor | null): e is Editor => !!e && !e.isDestroyed && e.isInitialized;

/** The words of the paragraph up to the caret, as far as a list may be interested. */
function textBefore(e: Editor): string {
  const { $from } = e.state.selection;
  return $from.parent.textBetween(Math.max(0, $from.parentOffset - 80), $from.parentOffset, undefined, "\n");
}
const slashOf = (e: Editor): string | null => (e.state.selection.empty ? slashAt(textBefore(e)) : null);

/** The caret behind the last word, at once; the editor's own command would wait for the next frame. */
function takeFocus(e: Editor, autoFocus: EditorProps["autoFocus"]) {
  if (typeof autoFocus !== "function" || !e.view.dom?.isConnected || !autoFocus()) return;
  e.commands.setTextSelection(e.state.doc.content.size);
  e.view.focus();
}

/** Formatted words. One instance serves every conversation; it is filled anew when another text is shown. */
export default function RichEditor({ id, text, html, revision, label, placeholder, describedBy, autoFocus, onWrite, onFormats, onFiles, onKey, onSlash, list, handle }: Props) {
  const live = useRef({ label, describedBy, placeholder, onWrite, onFiles, onKey, onSlash, list });
  live.current = { label, describedBy, placeholder, onWrite, onFiles, onKey, onSlash, list };
  const [ready, setReady] = useState(false);
  const editor = useEditor({
    extensions: [
      StarterKit.configure({
        heading: false,
        horizontalRule: false,
        codeBlock: false,
        trailingNode: false,
        link: { openOnClick: false, autolink: true, defaultProtocol: "https" },
      }),
      Placeholder.configure({ placeholder: () => live.current.placeholder }),
    ],
    content: html ?? textToHtml(text),
    autofocus: autoFocus === true ? "end" : false,
    immediatelyRender: true,
    shouldRerenderOnTransaction: false,
    editorProps: {
      attributes: () => ({
        role: "textbox",
        "aria-multiline": "true",
        class: "tiptap scroll",
        dir: "auto",
        "aria-label": live.current.label,
        ...(live.current.describedBy && { "aria-describedby": live.current.describedBy }),
        ...(live.current.list && { "aria-autocomplete": "list", "aria-controls": live.current.list.id, "aria-activedescendant": live.current.list.active ?? "" }),
      }),
      handlePaste: (_view, event) => {
        const files = [...(event.clipboardData?.files ?? [])];
        if (!files.length || event.clipboardData?.types.includes("text/html")) return false;
        live.current.onFiles(files);
        return true;
      },
      handleKeyDown: (_view, event) => live.current.onKey(event),
    },
    onCreate: ({ editor }) => {
      setReady(true);
      takeFocus(editor, autoFocus);
    },
    onUpdate: ({ editor: e }) => {
      const words = e.isEmpty ? "" : e.getHTML();
      live.current.onWrite(words ? htmlToText(words) : "", words);
      live.current.onSlash?.(slashOf(e));
    },
    onSelectionUpdate: ({ editor: e }) => live.current.onSlash?.(slashOf(e)),
    onBlur: () => live.current.onSlash?.(null),
  });

  // In the same breath in which it takes another field's place: a key pressed a moment later is a letter, not a shortcut.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whether it was wanted is asked once
  useLayoutEffect(() => {
    if (editor && !editor.isDestroyed) takeFocus(editor, autoFocus);
  }, [editor]);

  const filled = useRef({ id, revision });
  useEffect(() => {
    if (!ready || !alive(editor) || (filled.current.id === id && filled.current.revision === revision)) return;
    const content = html ?? textToHtml(text);
    const other = filled.current.id !== id;
    filled.current = { id, revision };
    if (content !== editor.getHTML()) editor.commands.setContent(content, { emitUpdate: false });
    // Another text begins without history, so that undo never reaches into the one before.
    if (other) editor.view.updateState(EditorState.create({ doc: editor.state.doc, plugins: editor.state.plugins }));
  }, [id, revision, text, html, editor, ready]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: name and placeholder are drawn anew on any transaction
  useEffect(() => {
    if (alive(editor)) editor.view.dispatch(editor.state.tr);
  }, [editor, label, describedBy, placeholder, list?.id, list?.active]);

  const formats = useEditorState({
    editor,
    selector: ({ editor: e }): Formats | null =>
      alive(e)
        ? {
            bold: e.isActive("bold"),
            italic: e.isActive("italic"),
            strike: e.isActive("strike"),
            link: e.isActive("link"),
            bulletList: e.isActive("bulletList"),
            orderedList: e.isActive("orderedList"),
          }
        : null,
  });
  useEffect(() => {
    if (formats) onFormats(formats);
  }, [formats, onFormats]);

  useImperativeHandle(handle, () => ({
    focus: () => {
      if (alive(editor)) editor.commands.focus("end");
    },
    insert: (words) => {
      if (alive(editor)) editor.chain().focus().insertContent(words).run();
    },
    slash: () => {
      if (!alive(editor)) return;
      const before = textBefore(editor);
      editor
        .chain()
        .focus()
        .insertContent(/(^|\s)$/.test(before) ? "/" : " /")
        .run();
    },
    fill: ({ text: words, html: formatted }) => {
      if (!alive(editor)) return;
      const query = slashOf(editor);
      const { to } = editor.state.selection;
      const chain = editor.chain().focus();
      if (query !== null) chain.deleteRange({ from: to - query.length - 1, to });
      chain.insertContent(formatted ?? textToHtml(words)).run();
    },
    toggle: (format) => {
      if (!alive(editor)) return;
      const chain = editor.chain().focus();
      if (format === "bold") chain.toggleBold().run();
      else if (format === "italic") chain.toggleItalic().run();
      else if (format === "strike") chain.toggleStrike().run();
      else if (format === "bulletList") chain.toggleBulletList().run();
      else chain.toggleOrderedList().run();
    },
    href: () => (alive(editor) ? String(editor.getAttributes("link").href ?? "") : ""),
    setLink: (href) => {
      if (!alive(editor)) return;
      const chain = editor.chain().focus().extendMarkRange("link");
      if (!href) chain.unsetLink().run();
      else if (editor.state.selection.empty && !editor.isActive("link")) chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
      else chain.setLink({ href }).run();
    },
  }));

  return <EditorContent editor={editor} className="prose-editor px-3.5 py-2" />;
}
