/** What the toolbar and the keys ask of whichever editor is shown. */
export interface EditorHandle {
  focus: () => void;
  insert: (text: string) => void;
  /** Writes a slash where one opens the list of canned replies. */
  slash?: () => void;
  /** Puts words in the place of the slash and what follows it, or at the caret. */
  fill?: (words: { text: string; html?: string | null }) => void;
}

export interface EditorProps {
  /** Which text this is; the editor follows when it changes. */
  id: string;
  label: string;
  placeholder: string;
  /** Whether it takes the focus; asked when the editor is there, since it may have been wanted while it was loading. */
  autoFocus?: boolean | (() => boolean);
  describedBy?: string;
  onFiles: (files: File[]) => void;
  /** What stands behind a slash at the caret; null when nothing does. */
  onSlash?: (query: string | null) => void;
  /** The list that the keys move in while the field keeps the focus. */
  list?: { id: string; active?: string };
  onKey: (e: { key: string; metaKey: boolean; ctrlKey: boolean; shiftKey: boolean; isComposing: boolean; preventDefault: () => void }) => boolean;
}
