import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export interface ChatElement extends HTMLElement {
  configure(config: Record<string, unknown>): void;
}

let script: Promise<void> | null = null;

/** Loads the script that is served to customers' sites, once. */
function loadWidget(): Promise<void> {
  script ??= new Promise<void>((done, fail) => {
    if (customElements.get("switchboard-chat")) return done();
    const tag = document.createElement("script");
    tag.src = "/widget.js";
    tag.onload = () => done();
    tag.onerror = () => {
      tag.remove();
      script = null;
      fail(new Error("widget"));
    };
    document.head.append(tag);
  });
  return script;
}

interface Props {
  /** The key of a channel for a live chat; without one the chat is a preview that talks to nobody. */
  channel?: string;
  config?: Record<string, unknown>;
  theme?: "light" | "dark" | "auto";
  title?: string;
  className?: string;
}

/** A small made-up web page with the real chat on it. */
export function MockSite({ channel, config, theme = "auto", title, className }: Props) {
  const { t } = useTranslation("setup");
  const stage = useRef<HTMLDivElement>(null);
  const chat = useRef<ChatElement | null>(null);
  const latest = useRef(config);
  const [failed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  latest.current = config;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round loads the script again
  useEffect(() => {
    let gone = false;
    setFailed(false);
    loadWidget().then(
      () => {
        if (gone || !stage.current) return;
        const element = document.createElement("switchboard-chat") as ChatElement;
        element.setAttribute("embedded", "");
        if (channel) element.setAttribute("channel", channel);
        else element.setAttribute("preview", "");
        element.setAttribute("base-url", location.origin);
        element.setAttribute("theme", theme);
        element.toggleAttribute("open", true);
        stage.current.append(element);
        if (latest.current) element.configure(latest.current);
        chat.current = element;
      },
      () => !gone && setFailed(true),
    );
    return () => {
      gone = true;
      chat.current?.remove();
      chat.current = null;
    };
  }, [channel, theme, round]);

  const settings = JSON.stringify(config);
  useEffect(() => {
    if (settings) chat.current?.configure(JSON.parse(settings));
  }, [settings]);

  return (
    <div className={`flex flex-col overflow-hidden rounded-lg border border-line-strong bg-raised shadow-2 ${className ?? ""}`}>
      <div className="flex h-9 shrink-0 items-center gap-1.5 border-b border-line bg-subtle px-3" aria-hidden>
        <i className="size-2.5 rounded-full bg-line-strong" />
        <i className="size-2.5 rounded-full bg-line-strong" />
        <i className="size-2.5 rounded-full bg-line-strong" />
        <span className="ms-3 truncate rounded-full bg-hover px-3 py-0.5 text-2xs text-ink-3">{title ?? t("mock.address")}</span>
      </div>
      <div ref={stage} className="relative min-h-0 flex-1 overflow-hidden">
        <div className="flex flex-col gap-4 p-8 max-md:p-5" aria-hidden>
          <i className="h-5 w-2/5 rounded-sm bg-press" />
          <i className="h-3 w-4/5 rounded-sm bg-hover" />
          <i className="h-3 w-3/5 rounded-sm bg-hover" />
          <i className="mt-3 h-32 w-full rounded-md bg-hover" />
          <i className="h-3 w-4/5 rounded-sm bg-hover" />
          <i className="h-3 w-2/3 rounded-sm bg-hover" />
          <i className="h-3 w-3/4 rounded-sm bg-hover" />
        </div>
        {failed && (
          <div className="absolute inset-x-6 bottom-6 rounded-md border border-line bg-raised p-4 text-sm shadow-2" role="alert">
            <p className="text-ink-2">{t("mock.failed")}</p>
            <button type="button" className="mt-2 font-medium text-accent-ink underline underline-offset-2" onClick={() => setRound(round + 1)}>
              {t("tryAgain")}
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
