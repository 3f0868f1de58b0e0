import { ImageOff } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe, useSavePreferences } from "@/api/client";
import type { Attachment } from "@/api/types";
import { picturesFrom, withSender } from "@/lib/pictures";
import { buildFrame } from "./build-frame";

/** Untrusted HTML in a frame without scripts. Remote pictures wait for a word: for this mail, or for all of its sender. */
export default function EmailFrame({ html, attachments, sender, title }: { html: string; attachments: readonly Attachment[]; sender: string; title: string }) {
  const { t } = useTranslation("thread");
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(60);
  const known = picturesFrom(useMe()?.preferences);
  const save = useSavePreferences();
  const [once, showOnce] = useState(false);
  const pictures = once || (!!sender && known.includes(sender));
  const { page, blocked } = useMemo(() => buildFrame(html, attachments, pictures, title), [html, attachments, pictures, title]);
  const measure = () => {
    const body = frame.current?.contentDocument?.body;
    if (!body) return;
    const fit = () => setHeight(Math.ceil(body.getBoundingClientRect().height) + 2);
    fit();
    new ResizeObserver(fit).observe(body);
  };
  const word = "min-h-6 underline underline-offset-2 hover:text-ink";
  return (
    <div>
      {blocked && (
        <p className="mb-2 flex flex-wrap items-center gap-x-2.5 text-xs text-ink-3">
          <span className="inline-flex items-center gap-1.5">
            <ImageOff className="size-3.5" aria-hidden />
            {t("picturesBlocked")}
          </span>
          <button type="button" className={word} onClick={() => showOnce(true)}>
            {t("picturesOnce")}
          </button>
          {sender && (
            <button type="button" className={`${word} max-w-full truncate`} onClick={() => save({ pictures: withSender(known, sender) })}>
              {t("picturesAlways", { sender })}
            </button>
          )}
        </p>
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
