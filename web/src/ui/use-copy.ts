import { useEffect, useRef, useState } from "react";

/** Copies text and says so for two seconds. Works on plain http too, where the clipboard API is absent. */
export function useCopy(): [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const done = () => {
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setCopied(false), 2_000);
  };
  return [
    copied,
    (text) => {
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => byHand(text) && done());
      else if (byHand(text)) done();
    },
  ];
}

function byHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "sr-only";
  // Inside an open dialog, or its focus trap would take the selection away.
  const home = document.querySelector("[role=dialog]") ?? document.body;
  const before = document.activeElement as HTMLElement | null;
  home.append(area);
  area.select();
  const worked = document.execCommand("copy");
  area.remove();
  before?.focus();
  return worked;
}
