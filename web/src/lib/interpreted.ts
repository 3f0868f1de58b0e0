import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { interpreted } from "@/api/problem";

/** A sentence of the server in the language of the page; its own until that is known. */
export function useInterpreted(code: string, said: string): string {
  const { i18n } = useTranslation();
  const { language } = i18n;
  const [known, setKnown] = useState({ said: "", language: "", text: "" });
  useEffect(() => {
    if (!said || language === "en") return;
    let gone = false;
    void interpreted(code, said).then((text) => !gone && setKnown({ said, language, text }));
    return () => {
      gone = true;
    };
  }, [code, said, language]);
  return known.said === said && known.language === language ? known.text : said;
}
