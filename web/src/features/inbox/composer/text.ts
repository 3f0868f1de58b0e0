/** The plain words of formatted text; lists and link targets stay readable. */
export function htmlToText(html: string): string {
  const lines: string[] = [""];
  const breakLine = () => lines.push("");
  const put = (text: string) => {
    lines[lines.length - 1] += text;
  };
  const walk = (node: Node, prefix: string) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) put(child.textContent ?? "");
      if (!(child instanceof HTMLElement)) continue;
      if (child.tagName === "BR") breakLine();
      else if (child.tagName === "LI") item(child, prefix);
      else if (child.tagName === "A") link(child);
      else {
        walk(child, child.tagName === "UL" || child.tagName === "OL" ? `${prefix}  ` : prefix);
        if (child.tagName === "P" || child.tagName === "PRE") breakLine();
      }
    }
  };
  const item = (li: HTMLElement, prefix: string) => {
    const list = li.parentElement;
    const mark = list?.tagName === "OL" ? `${[...list.children].indexOf(li) + 1}. ` : "- ";
    if (lines.at(-1)) breakLine();
    put(prefix.slice(2) + mark);
    walk(li, prefix);
    if (lines.at(-1)) breakLine();
  };
  const link = (a: HTMLElement) => {
    const text = a.textContent ?? "";
    const href = a.getAttribute("href") ?? "";
    put(!href || href === text || href === `mailto:${text}` || href.replace(/^https?:\/\//, "").replace(/\/$/, "") === text ? text : `${text} (${href})`);
  };
  walk(new DOMParser().parseFromString(html, "text/html").body, "");
  return lines.join("\n").replace(/\s+$/, "");
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Plain words as paragraphs, one a line. */
export function textToHtml(text: string): string {
  return text
    ? text
        .split("\n")
        .map((line) => `<p>${escaped(line)}</p>`)
        .join("")
    : "";
}

/** Lines stand as closely in the reader's mail as in the editor. */
export function htmlForMail(html: string): string {
  return html.replaceAll("<p></p>", "<p><br></p>").replaceAll("<p>", '<p style="margin:0">');
}
