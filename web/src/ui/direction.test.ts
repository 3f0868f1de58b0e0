import { expect, it } from "vitest";

const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../**/*.test.*", "!../api/schema.gen.ts"], { eager: true, query: "?raw", import: "default" });
const styles = import.meta.glob<string>("../styles.css", { eager: true, query: "?raw", import: "default" })["../styles.css"] ?? "";

/** Classes that say left or right where start and end are meant. */
const PHYSICAL =
  /(?<![\w-])(?:[a-z-]+(?:\[[^\]]*\])?:)*-?(?:(?:ml|mr|pl|pr|left|right|scroll-ml|scroll-mr|scroll-pl|scroll-pr)-(?:\d|px|auto|full|\[|\()|(?:border|rounded)-(?:l|r|tl|tr|bl|br)(?![\w])|(?:text|float|clear|origin|object|bg)-(?:left|right)(?![\w]))[\w.[\]()/%-]*/g;

it("says start and end in classes, never left and right", () => {
  const found = Object.entries(sources).flatMap(([path, text]) => [...text.matchAll(PHYSICAL)].map((m) => `${path}: ${m[0].trim()}`));
  expect(found).toEqual([]);
  // It would find them.
  expect([..."p-2 ml-2 md:-mr-1 hover:left-[3px] rounded-tl-lg border-l text-right".matchAll(PHYSICAL)].map((m) => m[0])).toEqual([
    "ml-2",
    "md:-mr-1",
    "hover:left-[3px]",
    "rounded-tl-lg",
    "border-l",
    "text-right",
  ]);
});

it("says so in styles too", () => {
  expect(styles).toContain("@theme");
  const found = styles.match(/(?:margin|padding|border)-(?:left|right)|(?:^|[;{\s])(?:left|right)\s*:|float:\s*(?:left|right)|text-align:\s*(?:left|right)/g);
  expect(found).toBeNull();
  const inline = Object.entries(sources).flatMap(([path, text]) => [...text.matchAll(/\b(?:margin|padding|border)(?:Left|Right)\b/g)].map((m) => `${path}: ${m[0]}`));
  expect(inline).toEqual([]);
});

it("asks which way one reads before an arrow key or a pointer means on or back", () => {
  const found = Object.entries(sources).filter(
    ([path, text]) => /"Arrow(?:Left|Right)"|clientX/.test(text) && !/along\(|readsRtl\(/.test(text) && !/lib\/keys|ModeTabs|sides\.ts/.test(path),
  );
  expect(found.map(([path]) => path)).toEqual([]);
});

/** Signs that point on or back, as lucide names them. */
const POINTS =
  /^(?:Arrow(?:Left|Right)|Chevrons?(?:Left|Right)|CornerUp(?:Left|Right)|Reply|ReplyAll|Forward|Send|SendHorizontal|MessageCircleReply|Undo2?|Redo2?|Log(?:In|Out)|PanelLeft|PanelRight|ExternalLink|ArrowRightLeft)$/;

it("turns every sign around that points on or back", () => {
  const used = new Set(
    Object.values(sources).flatMap((text) =>
      [...text.matchAll(/import \{([^}]+)\} from "lucide-react"/g)].flatMap((m) => (m[1] ?? "").split(",").map((n) => n.trim().split(/ as /)[0] ?? "")),
    ),
  );
  const kebab = (name: string) => name.replace(/([a-z])([A-Z0-9])/g, "$1-$2").toLowerCase();
  const missing = [...used].filter((name) => POINTS.test(name) && !new RegExp(`\\.lucide-${kebab(name)}[\\s,)]`).test(styles));
  expect(missing).toEqual([]);
});
