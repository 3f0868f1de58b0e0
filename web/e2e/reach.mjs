// Without a pointer: everything on the main pages is reached by Tab and seen to be, and what opens gives the focus back.
const PAGES = [
  "/inbox",
  "/contacts",
  "/journal",
  "/scheduled",
  "/trash",
  "/notifications",
  "/search",
  "/settings/profile",
  "/settings/keys",
  "/settings/notifications",
  "/settings/people",
  "/settings/channels",
  "/settings/macros",
  "/settings/audit",
];

/** What can be used and is seen, kept in the page to be ticked off. */
const begin = () => {
  const shown = (e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(e).visibility !== "hidden" && e.offsetParent !== null && !e.closest("[inert],[aria-hidden=true]");
  };
  const all = document.querySelectorAll("a[href],button,input,select,textarea,[role=switch],[role=checkbox],[tabindex='0']");
  // Of tabs, of radio buttons and of ticks on rows one is a stop, the others are reached by arrows and keys.
  const single = (e) => e.type === "radio" || e.type === "file" || e.getAttribute("role") === "tab" || (e.getAttribute("role") === "checkbox" && e.closest("[role=listitem]"));
  globalThis.walk = { all: [...all].filter((e) => shown(e) && !e.disabled && !single(e)), seen: new Set(), blind: new Set() };
  document.activeElement?.blur();
};
const step = () => {
  const e = document.activeElement;
  // A frame is a page of its own.
  if (!e || e === document.body || e.tagName === "IFRAME") return true;
  const { seen, blind } = globalThis.walk;
  const again = seen.has(e);
  seen.add(e);
  const ring = [e, e.parentElement, e.closest("[class*=focus-within]")].some((x) => x && getComputedStyle(x).outlineStyle !== "none");
  const drawn =
    getComputedStyle(e, "::after").outlineStyle !== "none" ||
    getComputedStyle(e).boxShadow !== "none" ||
    getComputedStyle(e.closest("[class*=focus-within]") ?? e).boxShadow !== "none";
  // The third stop of a date is a button of the browser's own.
  if (!ring && !drawn && !/^(date|time)/.test(e.type) && e.getBoundingClientRect().width > 1) blind.add(e.outerHTML.slice(0, 160));
  return again;
};
const missed = () => ({
  left: globalThis.walk.all.filter((e) => e.isConnected && !globalThis.walk.seen.has(e)).map((e) => e.outerHTML.replace(/ class="[^"]*"/, "").slice(0, 140)),
  blind: [...globalThis.walk.blind],
});

export async function reach({ story, page, api, base, expect }) {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ])
    await story(`everything on the pages is reached by Tab and seen to be, at ${width}`, async () => {
      await page.setViewportSize({ width, height });
      const c = (await api("GET", "/conversations?status=all&limit=1")).data[0];
      const found = [];
      for (const path of [...PAGES, ...(c ? [`/inbox/${c.id}`] : [])]) {
        await page.goto(`${base}${path}`);
        await page.locator("h1, [role=log]").first().waitFor();
        await page.waitForTimeout(400);
        await page.evaluate(begin);
        // A date has three stops of its own.
        for (let i = 0, again = 0; i < 1500 && again < 6; i++) {
          await page.keyboard.press("Tab");
          again = (await page.evaluate(step)) ? again + 1 : 0;
        }
        const { left, blind } = await page.evaluate(missed);
        found.push(...left.map((e) => `${path} not reached: ${e}`), ...blind.map((e) => `${path} not seen: ${e}`));
      }
      await page.setViewportSize({ width: 1440, height: 900 });
      expect(found.length === 0, found.join("\n"));
    });

  await story("what a key opens takes the focus, and gives it back where it was", async () => {
    const c =
      (await api("GET", "/conversations?status=all&limit=50")).data.find((x) => x.provider !== "webchat") ?? (await api("GET", "/conversations?status=all&limit=1")).data[0];
    await page.goto(`${base}/inbox/${c.id}`);
    const log = page.getByRole("log");
    await log.waitFor();
    await page.getByRole("textbox", { name: /Reply|Internal note/ }).waitFor();
    const here = () => page.evaluate(() => document.activeElement?.getAttribute("role"));
    const above = page.locator("[role=dialog][data-state=open]");
    for (const key of ["n", "s", "Shift+M", "?", "Control+k"]) {
      await log.focus();
      await page.keyboard.press(key);
      await above.waitFor();
      await page.waitForFunction(() => !!document.activeElement?.closest("[role=dialog]"));
      await page.keyboard.press("Escape");
      await above.waitFor({ state: "detached" });
      await page.waitForFunction(() => document.activeElement !== document.body);
      expect((await here()) === "log", `${key} leaves the focus elsewhere`);
    }
    // A menu gives it back to its own control.
    await log.focus();
    await page.keyboard.press("a");
    await page.getByRole("menu").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    await page.waitForFunction(() => /Assign/.test(document.activeElement?.getAttribute("aria-label") ?? ""));
  });
}
