import DOMPurify from "dompurify";
import type { Attachment } from "@/api/types";

/** The server's clean HTML, cleaned again and made a page that can load nothing it was not allowed to. */
export function buildFrame(html: string, attachments: readonly Attachment[], pictures: boolean, title: string): { page: string; blocked: boolean } {
  const clean = DOMPurify.sanitize(html, {
    FORBID_TAGS: ["style", "form", "input", "button", "iframe", "object", "embed", "link", "meta", "svg", "math", "video", "audio"],
    FORBID_ATTR: ["srcset", "background", "ping"],
    ALLOW_DATA_ATTR: true,
    RETURN_DOM_FRAGMENT: true,
  });
  let blocked = false;
  for (const image of clean.querySelectorAll("img")) {
    const cid = image.dataset.cid ?? image.getAttribute("src")?.match(/^cid:(.+)$/)?.[1];
    const own = cid && attachments.find((a) => a.content_id === cid);
    const remote = image.dataset.remoteSrc ?? image.getAttribute("src")?.match(/^https?:.*$/)?.[0];
    image.removeAttribute("src");
    if (own) image.setAttribute("src", new URL(own.url, location.origin).href);
    else if (remote && pictures && /^https?:/i.test(remote)) image.setAttribute("src", remote);
    else if (remote) blocked = true;
  }
  for (const link of clean.querySelectorAll("a")) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  }
  const box = document.createElement("div");
  box.append(clean);
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data: blob: ${location.origin}${pictures ? " https: http:" : ""}`;
  const name = title.replace(/[<>&"]/g, " ");
  const style =
    "html{color-scheme:light;background:transparent}body{margin:0;font:14px/21px Inter,system-ui,sans-serif;color:#2b2622;overflow-wrap:anywhere}p{margin:0 0 10px}p:last-child{margin:0}img{max-width:100%;height:auto}a{color:#0f6b7c}blockquote{margin:8px 0;padding-left:12px;border-left:2px solid #ddd;color:#666}table{max-width:100%}";
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank"><style>${style}</style></head><body dir="auto">${box.innerHTML}</body></html>`;
  return { page, blocked };
}
