/** What the toolbar and the keys ask of whichever editor is shown. */
export interface EditorHandle {
  focus: () => void;
  insert: (text: string) => void;
}

export interface EditorProps {
  /** Which text this is; the editor follows when it changes. */
  id: string;
  label: string;
  placeholder: string;
  autoFocus?: boolean;
  describedBy?: string;
  onFiles: (files: File[]) => void;
  onKey: (e: { key: string; metaKey: boolean; ctrlKey: boolean; shiftKey: boolean; isComposing: boolean; preventDefault: () => void }) => boolean;
}
