import { ImageOff } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment } from "@/api/types";
import { buildFrame } from "./build-frame";

const allowed = (sender: string) => (JSON.parse(localStorage.getItem("pictures") ?? "[]") as string[]).includes(sender);
function allow(sender: string) {
  const all = new Set(JSON.parse(localStorage.getItem("pictures") ?? "[]") as string[]);
  localStorage.setItem("pictures", JSON.stringify([...all.add(sender)].slice(-500)));
}

/** Untrusted HTML in a frame without scripts. Remote pictures wait for a word, remembered for the sender. */
export default function EmailFrame({ html, attachments, sender, title }: { html: string; attachments: readonly Attachment[]; sender: string; title: string }) {
  const { t } = useTranslation("thread");
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(60);
  const [pictures, setPictures] = useState(() => allowed(sender));
  const { page, blocked } = useMemo(() => buildFrame(html, attachments, pictures, title), [html, attachments, pictures, title]);
  const measure = () => {
    const body = frame.current?.contentDocument?.body;
    if (!body) return;
    const fit = () => setHeight(Math.ceil(body.getBoundingClientRect().height) + 2);
    fit();
    new ResizeObserver(fit).observe(body);
  };
  return (
    <div>
      {blocked && (
        <button
          type="button"
          onClick={() => {
            allow(sender);
            setPictures(true);
          }}
          className="mb-2 inline-flex min-h-6 items-center gap-1.5 text-xs text-ink-3 underline"
        >
          <ImageOff className="size-3.5" aria-hidden />
          {t("pictures")}
        </button>
      )}
      <div className="mail-paper">
        <iframe
          ref={frame}
          title={title}
          sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
          srcDoc={page}
          style={{ height }}
          className="block w-full border-0"
          onLoad={measure}
        />
      </div>
    </div>
  );
}
