import { Paperclip } from "lucide-react";
import { lazy, type Ref, Suspense, useImperativeHandle, useRef, useState } from "react";
import { useDropzone } from "react-dropzone";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui";
import { Attachments } from "./Attachments";
import { Boundary } from "./Boundary";
import { EmojiButton } from "./EmojiButton";
import type { EditorHandle, EditorProps } from "./editor";
import type { Takes } from "./limits";
import { FormatButtons } from "./FormatButtons";
import { PlainEditor } from "./PlainEditor";
import type { Formats, RichHandle } from "./RichEditor";
import { EMPTY } from "./draft";
import { useWriting, write } from "./state";
import type { useAttachments } from "./use-attachments";

const RichEditor = lazy(() => import("./RichEditor"));
const PLAIN: Formats = { bold: false, italic: false, strike: false, link: false, bulletList: false, orderedList: false };

interface Props {
  id: string;
  label: string;
  placeholder: string;
  descriptor: Takes | undefined;
  attachments: ReturnType<typeof useAttachments>;
  onKey: EditorProps["onKey"];
  handle?: Ref<EditorHandle>;
  autoFocus?: boolean;
}

/** Words, formatting, files and emoji as one field, for texts outside a conversation. */
export function MessageField({ id, label, placeholder, descriptor, attachments, onKey, handle, autoFocus }: Props) {
  const { t } = useTranslation("composer");
  const w = useWriting((s) => s.texts[id]) ?? EMPTY;
  const revision = useWriting((s) => s.revisions[id]) ?? 0;
  const [formats, setFormats] = useState(PLAIN);
  const plain = useRef<EditorHandle>(null);
  const rich = useRef<RichHandle>(null);
  const formatted = !!descriptor?.capabilities.html;
  const takesFiles = !!descriptor?.capabilities.attachments;
  const editor = () => (formatted ? rich.current : plain.current);
  useImperativeHandle(handle, () => ({ focus: () => editor()?.focus(), insert: (text) => editor()?.insert(text) }));
  const onFiles = (files: File[]) => (takesFiles ? attachments.add(files) : undefined);
  const drop = useDropzone({ noClick: true, noKeyboard: true, disabled: !takesFiles, onDrop: onFiles });
  const shared = { id, label, placeholder, onFiles, onKey, autoFocus };
  const plainEditor = <PlainEditor {...shared} handle={plain} text={w.text} onText={(text) => write(id, { text, html: null }, true)} />;
  return (
    <div
      {...drop.getRootProps({ role: "group", tabIndex: undefined })}
      className="relative rounded-sm border border-line-control bg-raised focus-within:outline-2 focus-within:outline-focus"
    >
      <input {...drop.getInputProps({ "aria-label": t("files.attach"), tabIndex: -1 })} />
      {drop.isDragActive && (
        <div className="absolute inset-0 z-10 grid place-items-center rounded-sm border-2 border-dashed border-accent bg-accent-soft text-sm font-medium text-accent-ink">
          {t("drop")}
        </div>
      )}
      {formatted ? (
        <Boundary fallback={plainEditor}>
          <Suspense fallback={<p className="min-h-15 px-3.5 py-2 text-base text-ink-3">{placeholder}</p>}>
            <RichEditor
              {...shared}
              handle={rich}
              text={w.text}
              html={w.html}
              revision={revision}
              onWrite={(text, html) => write(id, { text, html }, true)}
              onFormats={setFormats}
            />
          </Suspense>
        </Boundary>
      ) : (
        plainEditor
      )}
      <Attachments files={w.files} uploads={attachments.uploads} problem={attachments.problem} onRemove={attachments.remove} onStop={attachments.stop} />
      <div className="flex items-center gap-0.5 px-2 pb-2" role="toolbar" aria-label={t("formatting")}>
        {formatted && <FormatButtons editor={rich} formats={formats} />}
        {takesFiles && (
          <IconButton label={t("files.attach")} size="sm" onClick={drop.open}>
            <Paperclip aria-hidden />
          </IconButton>
        )}
        <EmojiButton onPick={(emoji) => editor()?.insert(emoji)} />
      </div>
    </div>
  );
}
