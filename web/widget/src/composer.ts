import { ApiError, type Client } from "./client";
import { button, h, icons } from "./dom";
import { sizeText } from "./text";
import type { Config, UploadedFile } from "./types";
import type { Voice } from "./words";

interface Attachment {
  file: File;
  part: number;
  done: UploadedFile | null;
  error: string | null;
  again: boolean;
  stop: AbortController;
}

const TYPING_EVERY = 3_000;

/** What the composer has to know of the chat around it. */
interface Host {
  client(): Client | null;
  config(): Config | null;
  preview(): boolean;
  /** What has the focus inside. */
  active(): Element | null;
  /** The visitor said something. */
  sent(): void;
}

/** Writing: the field, the files that go along, and that somebody is typing. */
export function composer(voice: Voice, host: Host) {
  const area = h("textarea", { rows: 1, maxLength: 5000, enterKeyHint: "send", autocomplete: "off" });
  const chips = h("ul", { className: "u" });
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabIndex: -1 });
  const clip = button("b", () => picker.click(), icons.clip());
  const go = h("button", { className: "b go", type: "submit" }, icons.send());
  const form = h("form", { className: "c" }, chips, h("div", { className: "row" }, picker, clip, area, go));
  const drop = h("div", { className: "dz", hidden: true });
  const alert = h("div", { className: "sr", role: "alert" });
  let attachments: Attachment[] = [];
  let lastTyping = 0;
  let typingSent = false;

  form.onsubmit = (e) => {
    e.preventDefault();
    submit();
  };
  area.oninput = () => typed();
  area.onblur = () => stopTyping();
  area.onkeydown = (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229) {
      e.preventDefault();
      submit();
    }
  };
  area.onpaste = (e) => {
    const files = [...(e.clipboardData?.files ?? [])];
    if (files.length) {
      e.preventDefault();
      attach(files);
    }
  };
  picker.onchange = () => {
    attach([...(picker.files ?? [])]);
    picker.value = "";
    area.focus();
  };
  function reset(): void {
    for (const a of attachments) a.stop.abort();
    attachments = [];
    area.value = "";
  }

  function typed(): void {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
    ready();
    const now = Date.now();
    if (area.value.trim() && now - lastTyping > TYPING_EVERY) {
      lastTyping = now;
      typingSent = true;
      host.client()?.sayTyping(true);
    } else if (!area.value) stopTyping();
  }

  function stopTyping(): void {
    if (typingSent) host.client()?.sayTyping(false);
    typingSent = false;
    lastTyping = 0;
  }

  function ready(): void {
    const files = attachments.filter((a) => !a.error);
    go.disabled = files.some((a) => !a.done) || (!area.value.trim() && !files.length);
  }

  function submit(): void {
    ready();
    const client = host.client();
    if (go.disabled || !client) return;
    const text = area.value.trim();
    const files = attachments.flatMap((a) => (a.done ? [a.done] : []));
    area.value = "";
    attachments = [];
    typingSent = false;
    lastTyping = 0;
    typed();
    drawChips();
    host.sent();
    client.send(text, files);
    area.focus();
  }

  function attach(files: File[]): void {
    const limit = host.config()?.file_bytes || 25_000_000;
    for (const file of files) {
      const a: Attachment = { file, part: 0, done: null, error: null, again: false, stop: new AbortController() };
      if (file.size > limit) {
        a.error = voice.say("tooLarge", { name: file.name, size: sizeText(limit, voice.tongue) });
        alert.textContent = a.error;
      }
      attachments.push(a);
      if (!a.error) upload(a);
    }
    drawChips();
  }

  function upload(a: Attachment): void {
    a.error = null;
    a.part = 0;
    if (host.preview()) {
      a.done = { id: "", name: a.file.name, content_type: a.file.type, size_bytes: a.file.size, url: "" };
      return;
    }
    host
      .client()
      ?.upload(
        a.file,
        (part) => {
          a.part = part;
          drawChips();
        },
        a.stop.signal,
      )
      .then(
        (done) => {
          a.done = done;
          drawChips();
        },
        (e: unknown) => {
          const large = e instanceof ApiError && e.status === 413;
          a.again = !large;
          a.error = large
            ? voice.say("tooLarge", { name: a.file.name, size: sizeText(host.config()?.file_bytes ?? 0, voice.tongue) })
            : voice.say("uploadFailed", { name: a.file.name });
          alert.textContent = a.error;
          drawChips();
        },
      );
  }

  function drawChips(): void {
    const focused = host.active();
    chips.hidden = !attachments.length;
    chips.replaceChildren(
      ...attachments.map((a) => {
        const li = h("li", { className: a.error ? "bad" : "" }, h("span", { title: a.file.name }, a.error ?? a.file.name));
        if (a.error && a.again)
          li.append(
            button(
              "t",
              () => {
                upload(a);
                drawChips();
              },
              voice.say("again"),
            ),
          );
        const remove = button(
          "b",
          () => {
            a.stop.abort();
            attachments = attachments.filter((x) => x !== a);
            drawChips();
            area.focus();
          },
          icons.cross(),
        );
        remove.ariaLabel = voice.say("remove", { name: a.file.name });
        li.append(remove);
        if (!a.error && !a.done) li.append(h("progress", { max: 1, value: a.part, ariaLabel: voice.say("uploading", { name: a.file.name }) }));
        return li;
      }),
    );
    if (focused && !focused.isConnected) area.focus();
    ready();
  }

  /** Files may be dropped anywhere on the chat. */
  function takeDrops(frame: HTMLElement): void {
    frame.ondragover = (e) => {
      if (!form.hidden && e.dataTransfer?.types.includes("Files")) {
        e.preventDefault();
        drop.hidden = false;
      }
    };
    frame.ondragleave = (e) => {
      if (!frame.contains(e.relatedTarget as Node | null)) drop.hidden = true;
    };
    frame.ondrop = (e) => {
      drop.hidden = true;
      if (form.hidden || !e.dataTransfer?.files.length) return;
      e.preventDefault();
      attach([...e.dataTransfer.files]);
    };
  }

  function texts(): void {
    area.placeholder = area.ariaLabel = voice.say("write");
    go.ariaLabel = go.title = voice.say("send");
    clip.ariaLabel = clip.title = picker.ariaLabel = voice.say("attach");
    drop.textContent = voice.say("drop");
    drawChips();
  }

  return { area, form, drop, alert, takeDrops, reset, stopTyping, texts };
}
